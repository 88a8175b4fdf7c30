/**
 * A flood of sign-ins, in a process of its own: what it costs to send one must not be taken for the server's. Each sign-in is
 * from another address of this machine and at another name. It begins with the first message and ends with the second.
 */
import { request } from 'node:http'
import { setPriority } from 'node:os'
import { setInterval } from 'node:timers/promises'

/** What the flood is aimed at: the form of a sign-in page. */
export interface FloodTarget {
  readonly origin: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly perSecond: number
}

/** How many sign-ins got which status. */
export type FloodAnswers = Readonly<Record<string, number>>

const everyMilliseconds = 5
const ending = new AbortController()

// It stands for other machines, which take no time from the server's.
setPriority(19)

process.once('message', (target: FloodTarget) => {
  process.once('message', () => ending.abort())
  void flood(target).then((answers) => {
    process.send?.(answers)
    process.disconnect?.()
    return undefined
  })
})

/** As many a second whether or not the earlier ones were answered: people who sign in do not wait for each other. */
async function flood(target: FloodTarget): Promise<FloodAnswers> {
  const answers: Record<string, number> = {}
  const underWay: Promise<void>[] = []
  const begun = performance.now()
  for await (const _ of setInterval(everyMilliseconds)) {
    if (ending.signal.aborted) break
    const due = Math.floor(((performance.now() - begun) / 1000) * target.perSecond)
    while (underWay.length < due) {
      underWay.push(
        signIn(target, underWay.length + 1).then((status) => {
          answers[status] = (answers[status] ?? 0) + 1
        }),
      )
    }
  }
  await Promise.all(underWay)
  return answers
}

/** A wrong password; all of 127.0.0.0/8 is this machine. */
function signIn({ origin, path, headers }: FloodTarget, number: number): Promise<number> {
  const body = new URLSearchParams({
    login: `nobody${number}@example.com`,
    password: 'a wrong password here',
  })
  const localAddress = `127.${1 + (Math.trunc(number / 62_500) % 200)}.${Math.trunc(number / 250) % 250}.${1 + (number % 250)}`
  return new Promise((resolve, reject) => {
    const sending = request(
      new URL(path, origin),
      {
        method: 'POST',
        localAddress,
        agent: false,
        headers: {
          ...headers,
          origin,
          'sec-fetch-site': 'same-origin',
          'content-type': 'application/x-www-form-urlencoded',
        },
      },
      (response) => {
        response.resume()
        response.once('end', () => resolve(response.statusCode ?? 0))
        response.once('error', reject)
      },
    )
    sending.once('error', reject)
    sending.end(body.toString())
  })
}
