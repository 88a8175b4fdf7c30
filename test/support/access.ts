/** Decisions as a gateway asks for them (OpenID AuthZEN Authorization API 1.0). */
import { readAnswer } from './oauth.ts'
import type { Answer } from './oauth.ts'
import type { World } from './world.ts'

/** What is sent: a value, or the very text of a body. */
export type AccessBody = object | string

/** Asks one of the two endpoints. `at` names another instance than the first. */
export async function askAccess(
  world: Pick<World, 'issuer'>,
  path: 'evaluation' | 'evaluations',
  asked: {
    readonly body: AccessBody | Uint8Array<ArrayBuffer>
    readonly headers: Readonly<Record<string, string>>
    readonly at?: string
  },
): Promise<Answer> {
  const { body, headers, at = world.issuer } = asked
  const sent = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
  return readAnswer(
    await fetch(`${at}/access/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: sent,
    }),
  )
}

/** A question about a presented credential, or about somebody by type and id. */
export function question(
  subject: string | { readonly type: string; readonly id: string; readonly properties?: object },
  api: { readonly identifier: string },
  { name = 'read', context }: { readonly name?: string; readonly context?: object } = {},
): object {
  return {
    subject: typeof subject === 'string' ? { type: 'credential', id: subject } : subject,
    action: { name },
    resource: { type: 'api', id: api.identifier },
    ...(context !== undefined && { context }),
  }
}
