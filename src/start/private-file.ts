/**
 * Small files in the data folder that hold secrets: readable by their owner alone, complete or not there at all.
 */
import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { z } from 'zod'
import { StartError } from './start-error.ts'

/** Reads and checks a private file; undefined if there is none. Damage is an error, never an empty answer. */
export async function readPrivateFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  const text = await readIfPresent(path)
  if (text === undefined) return undefined
  await refuseShared(path)
  const parsed = schema.safeParse(parseJson(text))
  if (!parsed.success) {
    throw new StartError(
      `${path} is damaged: restore it from a backup; without it nothing that was sealed with it can be read.`,
    )
  }
  return parsed.data
}

/** Writes a new private file. Says whether it did: of two writers the first wins, and the other should read. */
export async function createPrivateFile(path: string, content: unknown): Promise<boolean> {
  return writable(path, async () => {
    const unfinished = await writeUnfinished(path, content)
    try {
      await link(unfinished, path)
      await flushFolder(path)
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      throw error
    } finally {
      await rm(unfinished, { force: true })
    }
  })
}

/** Replaces a private file by another content at once. */
export async function replacePrivateFile(path: string, content: unknown): Promise<void> {
  await writable(path, async () => {
    await rename(await writeUnfinished(path, content), path)
    await flushFolder(path)
  })
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw new StartError(
      `${path} cannot be read (${codeOf(error)}): it must belong to the user who starts the server.`,
    )
  }
}

async function refuseShared(path: string): Promise<void> {
  // Windows has no such bits.
  if (process.platform === 'win32') return
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) {
    throw new StartError(`${path} holds secrets and other users may read it: run "chmod 600 ${path}" first.`)
  }
}

async function writeUnfinished(path: string, content: unknown): Promise<string> {
  // Root's database runs as another user, who has to find its own folder in here; the files are for us alone.
  await mkdir(dirname(path), { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
  const unfinished = `${path}.${randomBytes(4).toString('hex')}`
  const file = await open(unfinished, 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(content, undefined, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  return unfinished
}

/** Until the folder is flushed, a power cut may take the name of a flushed file. */
async function flushFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(join(path, '..'), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function writable<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    const code = codeOf(error)
    if (code === undefined) throw error
    throw new StartError(
      `The data folder ${dirname(path)} cannot be written to (${code}): choose another with DATA_DIR, or give it to the user who starts the server.`,
      error,
    )
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
