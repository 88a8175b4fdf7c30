/**
 * The files that every page may load, each under a URL that contains the hash of its bytes: a URL never changes
 * its meaning, so browsers may keep it for ever, and a new release needs no cache to be emptied.
 */
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One file as it is served. */
export interface Asset {
  /** The absolute path of the file on this machine. */
  readonly file: string
  readonly contentType: string
  /** SHA-256 of the bytes, in hexadecimal; good as an entity tag. */
  readonly contentHash: string
}

const files = [
  { name: 'latchkey.css', contentType: 'text/css; charset=utf-8' },
  { name: 'api-docs.css', contentType: 'text/css; charset=utf-8' },
  { name: 'app.css', contentType: 'text/css; charset=utf-8' },
  { name: 'console.css', contentType: 'text/css; charset=utf-8' },
  { name: 'copy.js', contentType: 'text/javascript; charset=utf-8' },
  { name: 'latchkey.js', contentType: 'text/javascript; charset=utf-8' },
  { name: 'onward.js', contentType: 'text/javascript; charset=utf-8' },
  { name: 'password.js', contentType: 'text/javascript; charset=utf-8' },
  { name: 'passkeys.js', contentType: 'text/javascript; charset=utf-8' },
  { name: 'times.js', contentType: 'text/javascript; charset=utf-8' },
  { name: 'logo.svg', contentType: 'image/svg+xml' },
  { name: 'favicon.svg', contentType: 'image/svg+xml' },
] as const

/** The name of a file in views/assets. */
export type AssetName = (typeof files)[number]['name']

const directory = join(import.meta.dirname, 'assets')
const paths = new Map<AssetName, string>()
const manifest: Record<string, Asset> = Object.create(null)

for (const { name, contentType } of files) {
  const file = join(directory, name)
  const contentHash = sha256Hex(readFileSync(file))
  const path = hashedPath(name, contentHash)
  paths.set(name, path)
  manifest[path] = Object.freeze({ file, contentType, contentHash })
}

/** Every asset by its URL path. It has no prototype, so a path such as `__proto__` finds nothing. */
export const assets: Readonly<Record<string, Asset>> = Object.freeze(manifest)

/** The URL path under which the file is served. */
export function assetPath(name: AssetName): string {
  const path = paths.get(name)
  if (path === undefined) throw new TypeError(`no asset is called ${name}`)
  return path
}

/** `/assets/<name>.<hash>.<extension>`; 64 bits of the hash tell two releases apart. */
export function hashedPath(name: string, contentHash: string): string {
  const dot = name.lastIndexOf('.')
  return `/assets/${name.slice(0, dot)}.${contentHash.slice(0, 16)}${name.slice(dot)}`
}

/** SHA-256 in hexadecimal. */
export function sha256Hex(content: string | Buffer): string {
  return hash('sha256', content, 'hex')
}
