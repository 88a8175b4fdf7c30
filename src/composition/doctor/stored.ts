/** What the database says of itself and of what is kept in it. */
import type { Config } from '../../config.ts'
import { hygieneOf, hygieneQuery } from '../../domain/api-keys/hygiene.ts'
import { ownClientIds } from '../../domain/clients/own-clients.ts'
import { readCurrent } from '../../domain/declared/current.ts'
import type { Declared } from '../../domain/declared/document.ts'
import { stateOf } from '../../domain/signing-keys/key.ts'
import { listKeys } from '../../domain/signing-keys/store.ts'
import { inspectDatabase } from '../../platform/db/inspect.ts'
import type { DatabaseFacts } from '../../platform/db/inspect.ts'
import type { Database } from '../../platform/db/open.ts'
import { findingOf } from './finding.ts'
import type { Check, Finding } from './finding.ts'

const oldestPostgres = 15
// One server and one command line beside each other must fit.
const spareConnections = 5
const mostNames = 5

/** Judges the database, the keys in it, and the clients and APIs of the installation. */
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
    ...apiChecks(declared),
    ...(await keyChecks(db, now())),
  ]
  return checks.map(findingOf)
}

function databaseChecks(facts: DatabaseFacts, config: Config): readonly Check[] {
  const needed = config.workers * config.databasePoolSize + spareConnections
  const skew = Math.abs(facts.clockAheadSeconds)
  return [
    {
      code: 'database_version',
      about: String(facts.majorVersion),
      holds: facts.majorVersion >= oldestPostgres,
      otherwise: 'problem',
      good: `PostgreSQL ${facts.majorVersion} is new enough.`,
      bad: `PostgreSQL ${facts.majorVersion} is older than what is tested, ${oldestPostgres}.`,
      mend: 'Update the database server.',
    },
    {
      code: 'database_role',
      holds: !facts.isSuperuser || config.databaseUrl === undefined,
      otherwise: 'problem',
      good: 'The role of the server is no superuser, or the database is its own.',
      bad: 'The server uses a superuser of the database.',
      mend: 'Make a role that owns this one database and nothing else, and use it in DATABASE_URL.',
      source: 'ASVS 13.2.2',
    },
    {
      code: 'database_durable',
      holds: facts.syncedCommits,
      otherwise: 'problem',
      good: 'What is committed is on disk.',
      bad: 'fsync or synchronous_commit is off: a crash can bring back what was revoked.',
      mend: 'Turn both on in the settings of the database.',
    },
    {
      code: 'database_writable',
      holds: !facts.isReplica,
      otherwise: 'problem',
      good: 'The database can be written to.',
      bad: 'DATABASE_URL leads to a replica that cannot be written to.',
      mend: 'Let DATABASE_URL lead to the primary.',
    },
    {
      code: 'database_connections',
      about: `${facts.maxConnections} / ${needed}`,
      holds: facts.maxConnections >= needed,
      otherwise: 'advice',
      good: `The database takes ${facts.maxConnections} connections; one machine uses up to ${needed}.`,
      bad: `The database takes ${facts.maxConnections} connections, and one machine alone may want ${needed}.`,
      mend: 'Raise max_connections, or lower DATABASE_POOL_SIZE or WORKERS. Count every machine.',
    },
    {
      code: 'clock',
      about: String(Math.round(skew)),
      holds: skew < 2,
      otherwise: skew < 30 ? 'advice' : 'problem',
      good: 'The clocks of this machine and of the database agree.',
      bad: `The clocks of this machine and of the database are ${Math.round(skew)} seconds apart.`,
      mend: 'Keep both in time with NTP: one-time codes and tokens depend on it.',
      source: 'ASVS 16.2.2',
    },
  ]
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
      about: list(withoutPkce),
      holds: withoutPkce.length === 0,
      otherwise: 'advice',
      good: 'Every client has to use PKCE.',
      bad: `Exempt from PKCE: ${list(withoutPkce)}.`,
      mend: 'Let these apps use PKCE and run: latchkey clients change <id> --pkce-required true',
      source: 'RFC 9700 §2.1.1',
    },
    {
      code: 'refresh_grace_public',
      about: list(graceful),
      holds: graceful.length === 0,
      otherwise: 'advice',
      good: 'No public client may use a refresh token twice.',
      bad: `Public clients that may use a refresh token again for a while: ${list(graceful)}.`,
      mend: 'Set the grace to 0 where the app can store the new token before it uses it.',
      source: 'RFC 9700 §4.14',
    },
    {
      code: 'client_secret_post',
      about: list(posted),
      holds: posted.length === 0,
      otherwise: 'advice',
      good: 'No client sends its secret in a form.',
      bad: `These clients send their secret in the body, where logs find it: ${list(posted)}.`,
      mend: 'Use client_secret_basic, or better private_key_jwt.',
      source: 'RFC 9700 §2.5',
    },
  ]
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
      about: list(longJwt),
      holds: longJwt.length === 0,
      otherwise: 'advice',
      good: 'JWT access tokens live for 15 minutes at most.',
      bad: `JWT access tokens live longer than 15 minutes at ${list(longJwt)}: an API that checks them alone hears of no revocation.`,
      mend: 'Shorten them, use opaque tokens, or let the API introspect.',
      source: 'ASVS 7.4.1',
    },
    {
      code: 'opaque_introspected',
      about: list(unasked.map(({ identifier }) => identifier)),
      holds: unasked.length === 0,
      otherwise: 'advice',
      good: 'Every API with opaque tokens has somebody who may ask about them.',
      bad: `Nobody may ask about the tokens for ${list(unasked.map(({ identifier }) => identifier))}.`,
      mend: 'Run: latchkey apis introspectors add <api> <client>',
    },
  ]
}

async function keyChecks(db: Database, now: Date): Promise<readonly Check[]> {
  const keys = await listKeys(db)
  const current = keys.filter(
    (key) =>
      stateOf(
        key,
        keys.filter(({ purpose }) => purpose === key.purpose),
        now,
      ) === 'current',
  )
  const idle = await hygieneOf(db, hygieneQuery.parse({ finding: 'idle', limit: 100 }), now)
  const endless = await hygieneOf(db, hygieneQuery.parse({ finding: 'no_expiry', limit: 100 }), now)
  const atLeast = ({ items, next }: { items: readonly unknown[]; next: string | undefined }) =>
    `${next === undefined ? '' : 'more than '}${items.length}`
  return [
    {
      code: 'signing_keys',
      holds: current.length > 0,
      otherwise: 'problem',
      good: 'There is a signing key for every purpose that is in use.',
      bad: 'There are no signing keys yet.',
      mend: 'Start the server once: it makes them.',
    },
    {
      code: 'idle_api_keys',
      about: counted(idle),
      holds: idle.items.length === 0,
      otherwise: 'advice',
      good: 'No API key has been idle for 90 days.',
      bad: `API keys that nobody used for 90 days: ${atLeast(idle)}.`,
      mend: 'Look at them with: latchkey api-keys hygiene --finding idle',
    },
    {
      code: 'endless_api_keys',
      about: counted(endless),
      holds: endless.items.length === 0,
      otherwise: 'advice',
      good: 'Every API key ends some day.',
      bad: `API keys that never expire: ${atLeast(endless)}.`,
      mend: 'Look at them with: latchkey api-keys hygiene --finding no_expiry',
      source: 'ASVS 13.3.4',
    },
  ]
}

function counted({
  items,
  next,
}: {
  readonly items: readonly unknown[]
  readonly next: string | undefined
}): string {
  return `${items.length}${next === undefined ? '' : '+'}`
}

function list(names: readonly string[]): string {
  const rest = names.length - mostNames
  return `${names.slice(0, mostNames).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
