/** How administrators ask what would happen with a credential. */
import type { ServerConfig } from '../config.ts'
import { createDirectory } from '../domain/credentials/directory.ts'
import { explain } from '../domain/credentials/explain.ts'
import type { ExplainRequest } from '../domain/credentials/explain.ts'
import type { Explanation } from '../domain/credentials/explanation.ts'
import { createPermissionQueries } from '../domain/credentials/permission-query.ts'
import type { PermissionQuery } from '../domain/credentials/permission-query.ts'
import { createLeases } from '../domain/limits/leases.ts'
import { publicJwks } from '../domain/signing-keys/jwks.ts'
import { loadKeys } from '../domain/signing-keys/store.ts'
import { createJwtReader } from '../oidc/jwt-access-tokens.ts'
import type { JwtReader } from '../oidc/jwt-access-tokens.ts'
import type { Keyring } from '../oidc/keyring.ts'
import { whyNoJwt, whyNoToken } from '../oidc/token-problems.ts'
import { stepsInWords } from '../web/shown-explanation.ts'
import type { StepInWords } from '../web/shown-explanation.ts'
import type { AnswerParts } from './answers.ts'
import type { Floor } from './floor.ts'
import { resolvingOf } from './resolving.ts'
import type { Resolving } from './resolving.ts'

/** What the console needs for it. */
export interface Explaining {
  readonly explain: (request: ExplainRequest) => Promise<Explanation>
  readonly parseQuery: (text: string) => PermissionQuery | undefined
}

/** Explains with what a server answers with. */
export function explainingOf(
  { issuer }: Pick<ServerConfig, 'issuer'>,
  floor: Floor,
  { answers, keyring }: { readonly answers: AnswerParts; readonly keyring: Keyring },
): Explaining {
  const { resolving, parseQuery } = answers
  const reader = () => keyring.serving().jwtReader
  return { parseQuery, explain: explainerOf(issuer, floor, { resolving, reader }) }
}

/** Explains where no server runs: with the same code, and nothing in memory. */
export async function explainingAlone(
  { issuer }: Pick<ServerConfig, 'issuer'>,
  parts: Pick<Floor, 'db' | 'now' | 'seal' | 'keyMaking'>,
): Promise<Explaining> {
  const { db, now, seal } = parts
  const unheard = { subscribe: () => () => {}, isTrusted: () => false, onTrustLost: () => () => {} }
  const directory = createDirectory({ db, changes: unheard, maxEntries: 1 })
  // Explaining takes from no limit, so there is nothing to give back.
  const leases = createLeases({ db, now, onError: () => {} })
  const jwtReader = createJwtReader(issuer, publicJwks(await loadKeys(db, { seal }), now()))
  const reader = () => jwtReader
  const resolving = resolvingOf({ ...parts, directory }, reader)
  return {
    parseQuery: createPermissionQueries(),
    explain: explainerOf(issuer, { db, now, leases }, { resolving, reader }),
  }
}

/** The steps in the sentences of the console, for a place that knows text alone. */
export function explanationInWords(
  db: Floor['db'],
  explanation: Explanation,
): Promise<readonly StepInWords[]> {
  return stepsInWords(db, explanation)
}

function explainerOf(
  issuer: string,
  { db, now, leases }: Pick<Floor, 'db' | 'now' | 'leases'>,
  { resolving, reader }: { readonly resolving: Resolving; readonly reader: () => JwtReader },
): Explaining['explain'] {
  const parts = {
    db,
    issuer,
    leases,
    resolving,
    whyNoToken: (hash: Buffer) => whyNoToken(db, hash),
    whyNoJwt: (token: string) => whyNoJwt({ db, issuer, reader: reader(), now: now() }, token),
  }
  return (request) => explain(parts, request)
}
