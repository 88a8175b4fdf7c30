/** The server cannot start or go on, for a reason that one plain sentence explains to whoever runs it. */
export class StartError extends Error {
  constructor(sentence: string, cause?: unknown) {
    super(sentence, cause === undefined ? {} : { cause })
    this.name = 'StartError'
  }
}
