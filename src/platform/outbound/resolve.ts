import { Resolver, lookup } from 'node:dns/promises'

/** Finds every address of a name. An empty list and a throw both mean that there is none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>

/**
 * Asks DNS by sockets rather than by the system's resolver: `getaddrinfo` holds one of four threads
 * until it gives up, and a stranger's silent name server must not be able to stall password hashing.
 */
export function resolveByDns(timeoutMilliseconds: number): Resolve {
  return async (hostname) => {
    const resolver = new Resolver({ timeout: timeoutMilliseconds, tries: 1 })
    const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)])
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  }
}

/** Asks the system, hosts file included: for the names that the operator gave. */
export const resolveBySystem: Resolve = async (hostname) => {
  const answers = await lookup(hostname, { all: true })
  return answers.map((answer) => answer.address)
}
