declare module 'autocannon' {
  /** A request as the load generator is about to send it. */
  export interface LoadedRequest {
    body?: string
  }

  /** What we tell the load generator. */
  export interface Options {
    readonly url: string
    readonly connections: number
    /** Seconds; ignored when there is an amount. */
    readonly duration?: number
    readonly amount?: number
    /** Milliseconds between looks at the clock. */
    readonly sampleInt: number
    readonly requests: readonly {
      readonly method: 'GET' | 'POST'
      readonly path: string
      readonly headers: Readonly<Record<string, string>>
      readonly body?: string
      readonly setupRequest?: (request: LoadedRequest) => LoadedRequest
    }[]
  }

  /** What we read of its result. */
  export interface Result {
    readonly '2xx': number
    readonly non2xx: number
    readonly errors: number
  }

  export default function autocannon(options: Options): Promise<Result>
}
