/** What the database says of itself and of what is kept in it. */
import type { Config } from '../../config.ts'
import { findAccounts } from '../../domain/accounts/find-accounts.ts'
import { ownClientIds } from '../../domain/clients/own-clients.ts'
import { readCurrent } from '../../domain/declared/current.ts'
import type { Declared } from '../../domain/declared/document.ts'
import { inspectDatabase } from '../../platform/db/inspect.ts'
import type { Database } from '../../platform/db/open.ts'
import { databaseChecks } from './database.ts'
import { counted, enumerated, findingOf, mostCounted } from './finding.ts'
import type { Check, Finding } from './finding.ts'
import { keyChecks } from './keys.ts'

/** Judges the database, the keys in it, the administrators, and the clients and APIs of the installation. */
export async function checkStored(
  db: Database,
  config: Config,
  now: () => Date,
): Promise<readonly Finding[]> {
  const facts = await inspectDatabase(db, now)
  const { declared } = await readCurrent(db, (id) => ownClientIds.includes(id))
  const checks = [
    ...databaseChecks(facts, config),
    ...clientChecks(declared),
    certificateCheck(declared, config),
    ...apiChecks(declared),
    ...(await keyChecks(db, config, now())),
    await administratorCheck(db),
  ]
  return checks.map(findingOf)
}

/** Where a second factor is required they are asked to set one up at their next sign-in; until then a password is all there is. */
async function administratorCheck(db: Database): Promise<Check> {
  const filters = { administrators: 'yes', factor: 'no', state: 'enabled' } as const
  const { items } = await findAccounts(db, { filters, limit: mostCounted, after: undefined })
  return {
    code: 'administrators_without_factor',
    about: counted(items.length),
    holds: items.length === 0,
    otherwise: 'advice',
    good: 'Every administrator has a second factor.',
    bad: `Administrators without a second factor: ${counted(items.length)}.`,
    mend: 'Let them add a passkey or an authenticator app on their own page, /account/security. The accounts of the console can be narrowed to them.',
    source: 'ASVS 6.3.3',
  }
}

function clientChecks({ clients }: Declared): readonly Check[] {
  const named = (matches: (client: Declared['clients'][number]) => boolean) =>
    clients.filter(matches).map(({ id }) => id)
  const withoutPkce = named(({ pkceRequired }) => !pkceRequired)
  const graceful = named(
    ({ refreshGraceSeconds, metadata }) =>
      refreshGraceSeconds > 0 && metadata.token_endpoint_auth_method === 'none',
  )
  const posted = named(({ metadata }) => metadata.token_endpoint_auth_method === 'client_secret_post')
  return [
    {
      code: 'pkce_everywhere',
      about: enumerated(withoutPkce),
      holds: withoutPkce.length === 0,
      otherwise: 'advice',
      good: 'Every client has to use PKCE.',
      bad: `Exempt from PKCE: ${enumerated(withoutPkce)}.`,
      mend: 'Let these apps use PKCE and run: latchkey clients change <id> --pkce-required true',
      source: 'RFC 9700 §2.1.1',
    },
    {
      code: 'refresh_grace_public',
      about: enumerated(graceful),
      holds: graceful.length === 0,
      otherwise: 'advice',
      good: 'No public client may use a refresh token twice.',
      bad: `Public clients that may use a refresh token again for a while: ${enumerated(graceful)}.`,
      mend: 'Set the grace to 0 where the app can store the new token before it uses it.',
      source: 'RFC 9700 §4.14',
    },
    {
      code: 'client_secret_post',
      about: enumerated(posted),
      holds: posted.length === 0,
      otherwise: 'advice',
      good: 'No client sends its secret in a form.',
      bad: `These clients send their secret in the body, where logs find it: ${enumerated(posted)}.`,
      mend: 'Use client_secret_basic, or better private_key_jwt.',
      source: 'RFC 9700 §2.5',
    },
  ]
}

/** Without the header nobody has a certificate, and these clients get nothing: safe, and hard to understand from outside. */
function certificateCheck({ clients }: Declared, config: Config): Check {
  const isOn = config.clientCertificateHeader !== undefined
  const needing = clients
    .filter(
      ({ metadata }) =>
        metadata.token_endpoint_auth_method === 'tls_client_auth' ||
        metadata.tls_client_certificate_bound_access_tokens,
    )
    .map(({ id }) => id)
  return {
    code: 'client_certificates',
    about: enumerated(needing),
    holds: isOn || needing.length === 0,
    otherwise: 'problem',
    good: 'Every client that needs a certificate can show it.',
    bad: `These clients need a certificate, and no proxy passes one on, so they get no tokens: ${enumerated(needing)}.`,
    mend: 'Let the proxy verify certificates and pass them on, and set CLIENT_CERTIFICATE_HEADER.',
    source: 'RFC 8705',
  }
}

function apiChecks({ apis }: Declared): readonly Check[] {
  const longJwt = apis
    .filter(
      ({ tokenFormat, accessTokenLifetimeSeconds }) =>
        tokenFormat === 'jwt' && accessTokenLifetimeSeconds > 900,
    )
    .map(({ identifier }) => identifier)
  const unasked = apis.filter(
    ({ introspectors, tokenFormat }) => tokenFormat === 'opaque' && introspectors.length === 0,
  )
  return [
    {
      code: 'jwt_lifetimes',
      about: enumerated(longJwt),
      holds: longJwt.length === 0,
      otherwise: 'advice',
      good: 'JWT access tokens live for 15 minutes at most.',
      bad: `JWT access tokens live longer than 15 minutes at ${enumerated(longJwt)}: an API that checks them alone hears of no revocation.`,
      mend: 'Shorten them, use opaque tokens, or let the API introspect.',
      source: 'ASVS 7.4.1',
    },
    {
      code: 'opaque_introspected',
      about: enumerated(unasked.map(({ identifier }) => identifier)),
      holds: unasked.length === 0,
      otherwise: 'advice',
      good: 'Every API with opaque tokens has somebody who may ask about them.',
      bad: `Nobody may ask about the tokens for ${enumerated(unasked.map(({ identifier }) => identifier))}.`,
      mend: 'Run: latchkey apis introspectors add <api> <client>',
    },
  ]
}
