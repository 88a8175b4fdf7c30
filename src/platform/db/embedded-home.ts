/**
 * Where the embedded database lives. The data folder holds `embedded-database.json` (mode 0600): the passwords, and
 * the home, which is the place of PostgreSQL's files. The home is inside the data folder, so that they move and are
 * backed up together; only where root's PostgreSQL user may not enter the data folder is it under /var/lib instead.
 */
import { randomBytes } from 'node:crypto'
import { chmod, chown, link, mkdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { z } from 'zod'
import { EmbeddedDatabaseError } from './embedded-error.ts'
import type { ServerUser } from './embedded-programs.ts'

/** The home's folders, and the passwords of its two roles. */
export interface Home {
  readonly path: string
  readonly dataDirectory: string
  /** PostgreSQL's own data. */
  readonly cluster: string
  readonly log: string
  /** Of the role `latchkey`, which owns the database and is no superuser. */
  readonly password: string
  readonly administratorPassword: string
}

const description = z.object({
  home: z.string().min(1),
  password: z.string().min(20),
  administratorPassword: z.string().min(20),
})
type Description = z.infer<typeof description>

const fileName = 'embedded-database.json'
const sharedParent = '/var/lib/latchkey'

/** Reads where the database of this data folder lives; undefined if it has none yet. */
export async function readHome(dataDirectory: string): Promise<Home | undefined> {
  const path = join(dataDirectory, fileName)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined
    throw new EmbeddedDatabaseError('unwritable_folder', `${path} cannot be read (${codeOf(error)}).`, error)
  }
  const parsed = description.safeParse(parseJson(text))
  if (!parsed.success)
    throw new EmbeddedDatabaseError('failed', `${path} is damaged; restore it from a backup.`)
  return describe(await realpath(dataDirectory), parsed.data)
}

/** Reads or chooses the home and makes its folders. Of two that start at once, both get the same one. */
export async function prepareHome(dataDirectory: string, user: ServerUser | undefined): Promise<Home> {
  const known = await readHome(dataDirectory)
  if (known !== undefined) return requirePresent(known)
  try {
    await mkdir(dataDirectory, { recursive: true, mode: user === undefined ? 0o700 : 0o711 })
    const chosen = await chooseHome(await realpath(dataDirectory), user)
    await mkdir(chosen.path, { recursive: true })
    if (chosen.path.startsWith(sharedParent)) await chmod(sharedParent, 0o711)
    // Root's home is entered by the PostgreSQL user, who owns only the folders made for it.
    await chmod(chosen.path, user === undefined ? 0o700 : 0o711)
    await writeDescription(chosen.dataDirectory, chosen)
  } catch (error) {
    if (!isSystemError(error)) throw error
    const place = error.path?.startsWith(sharedParent) === true ? sharedParent : dataDirectory
    throw new EmbeddedDatabaseError(
      'unwritable_folder',
      `The data folder ${place} cannot be written to (${error.code}).`,
      error,
    )
  }
  const written = await readHome(dataDirectory)
  if (written === undefined) throw new Error('the description just written is gone')
  return written
}

/** Makes a folder inside the home for the PostgreSQL user alone. */
export async function makeServerFolder(path: string, user: ServerUser | undefined): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  if (user !== undefined) await chown(path, user.uid, user.gid)
}

/** Root starts what an ordinary user created as that user, for PostgreSQL accepts only data of its own. */
export async function ownerOf(home: Home, user: ServerUser | undefined): Promise<ServerUser | undefined> {
  if (user === undefined) return undefined
  const cluster = await stat(home.cluster).catch(() => undefined)
  return cluster === undefined || cluster.uid === 0 ? user : { uid: cluster.uid, gid: cluster.gid }
}

async function requirePresent(home: Home): Promise<Home> {
  if (await isFolder(home.path)) return home
  throw new EmbeddedDatabaseError(
    'data_missing',
    `The database of ${home.dataDirectory} was kept in ${home.path}, which is gone: restore it, or remove ${home.dataDirectory} to start anew.`,
  )
}

async function chooseHome(dataDirectory: string, user: ServerUser | undefined): Promise<Home> {
  const inside = user === undefined || (await mayEnter(dataDirectory, user))
  return describe(dataDirectory, {
    home: inside ? 'postgres' : join(sharedParent, randomBytes(8).toString('hex')),
    password: randomBytes(24).toString('base64url'),
    administratorPassword: randomBytes(24).toString('base64url'),
  })
}

function describe(dataDirectory: string, { home, password, administratorPassword }: Description): Home {
  const path = isAbsolute(home) ? home : resolve(dataDirectory, home)
  return {
    path,
    dataDirectory,
    cluster: join(path, 'data'),
    log: join(path, 'postgres.log'),
    password,
    administratorPassword,
  }
}

/** A link to a finished file: it appears complete, and the second of two writers is refused. */
async function writeDescription(dataDirectory: string, home: Home): Promise<void> {
  const inside = home.path.startsWith(dataDirectory)
  const content: Description = {
    home: inside ? 'postgres' : home.path,
    password: home.password,
    administratorPassword: home.administratorPassword,
  }
  const unfinished = join(dataDirectory, `.${fileName}.${randomBytes(4).toString('hex')}`)
  await writeFile(unfinished, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600, flush: true })
  try {
    await link(unfinished, join(dataDirectory, fileName))
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'EEXIST') throw error
  } finally {
    await rm(unfinished, { force: true })
  }
}

/** By the mode bits alone, from the folder up to the root: where that is not the whole story, it errs towards no. */
async function mayEnter(directory: string, user: ServerUser): Promise<boolean> {
  const { mode, uid } = await stat(directory)
  const enterable = (mode & 0o001) !== 0 || (uid === user.uid && (mode & 0o100) !== 0)
  const parent = dirname(directory)
  return enterable && (parent === directory || (await mayEnter(parent, user)))
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error
}

function codeOf(error: unknown): string {
  return isSystemError(error) ? (error.code ?? 'unknown') : 'unknown'
}
