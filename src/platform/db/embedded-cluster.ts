/**
 * The data files of the embedded PostgreSQL: made once, by its own program, and never made over somebody's data.
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { EmbeddedDatabaseError, reasonOf } from './embedded-error.ts'
import type { Home } from './embedded-home.ts'
import { makeServerFolder } from './embedded-home.ts'
import type { Programs, ServerUser } from './embedded-programs.ts'
import { majorVersion, programEnvironment } from './embedded-programs.ts'

const execute = promisify(execFile)

/** What is needed to run the server of one home. */
export interface Installation {
  readonly home: Home
  readonly programs: Programs
  readonly user: ServerUser | undefined
  /** False for tests alone: faster, and lost with the machine. */
  readonly durable: boolean
  /** Settings of PostgreSQL in place of ours. */
  readonly settings: Readonly<Record<string, string>>
}

/** Creates the data files unless they exist. They appear complete or not at all. */
export async function initialise({ home, programs, user, durable }: Installation): Promise<void> {
  const version = await readFile(join(home.cluster, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (version?.trim() === majorVersion) return
  if (version !== undefined) {
    throw new EmbeddedDatabaseError(
      'other_version',
      `The data in ${home.cluster} belongs to PostgreSQL ${version.trim()}, and this version brings PostgreSQL ${majorVersion}.`,
    )
  }
  await removeUnfinished(home)
  const unfinished = join(home.path, `new-${randomBytes(4).toString('hex')}`)
  const passwordFile = `${unfinished}.password`
  await makeServerFolder(unfinished, user)
  try {
    await writeFile(passwordFile, `${home.administratorPassword}\n`, { mode: 0o600 })
    if (user !== undefined) await chown(passwordFile, user.uid, user.gid)
    await execute(programs.initdb, initdbArguments(unfinished, passwordFile, durable), {
      ...user,
      cwd: home.path,
      env: programEnvironment,
    })
    await rename(unfinished, home.cluster)
  } catch (error) {
    // Somebody who started at the same moment was faster, and theirs is as good.
    if (await isFile(join(home.cluster, 'PG_VERSION'))) return
    throw new EmbeddedDatabaseError(
      'failed',
      `PostgreSQL could not create its data: ${reasonOf(error)}`,
      error,
    )
  } finally {
    await rm(passwordFile, { force: true })
    await rm(unfinished, { recursive: true, force: true })
  }
}

function initdbArguments(directory: string, passwordFile: string, durable: boolean): string[] {
  return [
    `--pgdata=${directory}`,
    `--pwfile=${passwordFile}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Built in, so that sorting depends neither on the machine nor on the version of a library.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ]
}

async function removeUnfinished(home: Home): Promise<void> {
  const anHourAgo = Date.now() - 3_600_000
  for (const name of await readdir(home.path)) {
    if (!name.startsWith('new-')) continue
    const path = join(home.path, name)
    const entry = await stat(path).catch(() => undefined)
    if (entry !== undefined && entry.mtimeMs < anHourAgo) await rm(path, { recursive: true, force: true })
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
