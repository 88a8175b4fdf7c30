/** What the database server says of itself. */
import type { Config } from '../../config.ts'
import type { DatabaseFacts } from '../../platform/db/inspect.ts'
import type { Check } from './finding.ts'

// What the tests run against, and the oldest that has everything the statements use.
const testedPostgres = 18
const oldestPostgres = 15
// One server and one command line beside each other must fit.
const spareConnections = 5

/** Judges the database server and the way this server uses it. */
export function databaseChecks(facts: DatabaseFacts, config: Config): readonly Check[] {
  const needed = config.workers * config.databasePoolSize + spareConnections
  const skew = Math.abs(facts.clockAheadSeconds)
  return [
    {
      code: 'database_version',
      about: String(facts.majorVersion),
      holds: facts.majorVersion >= testedPostgres,
      otherwise: facts.majorVersion >= oldestPostgres ? 'advice' : 'problem',
      good: `PostgreSQL ${facts.majorVersion} is what this version is tested with, or newer.`,
      bad: `PostgreSQL ${facts.majorVersion} is older than what this version is tested with, ${testedPostgres}.`,
      mend: `Update the database server to PostgreSQL ${testedPostgres}.`,
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
