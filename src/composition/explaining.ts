/** How administrators ask what would happen with a credential. */
import type { ServerConfig } from '../config.ts'
import { explain } from '../domain/credentials/explain.ts'
import type { ExplainRequest } from '../domain/credentials/explain.ts'
import type { Explanation } from '../domain/credentials/explanation.ts'
import type { PermissionQuery } from '../domain/credentials/permission-query.ts'
import type { Keyring } from '../oidc/keyring.ts'
import { whyNoJwt, whyNoToken } from '../oidc/token-problems.ts'
import type { AnswerParts } from './answers.ts'
import type { Floor } from './floor.ts'

/** What the console needs for it. */
export interface Explaining {
  readonly explain: (request: ExplainRequest) => Promise<Explanation>
  readonly parseQuery: (text: string) => PermissionQuery | undefined
}

/** Explains with what a server answers with. */
export function explainingOf(
  { issuer }: Pick<ServerConfig, 'issuer'>,
  { db, now, leases }: Floor,
  { answers, keyring }: { readonly answers: AnswerParts; readonly keyring: Keyring },
): Explaining {
  const { resolving, parseQuery } = answers
  const parts = {
    db,
    issuer,
    leases,
    resolving,
    whyNoToken: (hash: Buffer) => whyNoToken(db, hash),
    whyNoJwt: (token: string) =>
      whyNoJwt({ db, issuer, reader: keyring.serving().jwtReader, now: now() }, token),
  }
  return { parseQuery, explain: (request) => explain(parts, request) }
}
