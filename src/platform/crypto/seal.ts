import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/**
 * Sealing keeps secrets that are needed again (signing keys, seeds) unreadable to whoever holds only the database.
 * AES-256-GCM with a random 96-bit nonce; the key's id travels with the box, so keys can be rotated.
 */

const version = 1
const nonceBytes = 12
const tagBytes = 16

/** One sealing key: its public id, and 32 bytes kept outside the database. */
export interface SealingKey {
  readonly id: string
  readonly key: Buffer
}

/** Seals and opens; `context` names what and whose the secret is, so that a box cannot be moved to another row. */
export interface Seal {
  readonly seal: (plaintext: Buffer, context: string) => Buffer
  readonly open: (box: Buffer, context: string) => Buffer
  /** The id of the key that seals now, and of the key a given box was sealed with: for re-sealing after a rotation. */
  readonly currentKeyId: string
  readonly keyIdOf: (box: Buffer) => string
}

/** A seal over `keys`: the first seals, all of them open. Throws on an empty list or a key that is not 32 bytes. */
export function createSeal(keys: readonly SealingKey[]): Seal {
  const current = keys[0]
  if (current === undefined) throw new Error('a sealing key is required')
  for (const { id, key } of keys) {
    if (key.length !== 32) throw new Error(`sealing key ${id} must have 32 bytes`)
    if (!/^[\w-]{1,32}$/.test(id)) throw new Error('a sealing key id has 1 to 32 letters, digits, - or _')
  }
  const byId = new Map(keys.map(({ id, key }) => [id, key]))
  return {
    currentKeyId: current.id,
    keyIdOf: (box) => readHeader(box).id,
    seal: (plaintext, context) => sealWith(current, plaintext, context),
    open: (box, context) => {
      const { id, bodyAt } = readHeader(box)
      const key = byId.get(id)
      if (key === undefined) throw new Error(`sealed with key ${id}, which is not configured`)
      return openWith(key, box, { bodyAt, context })
    },
  }
}

function sealWith({ id, key }: SealingKey, plaintext: Buffer, context: string): Buffer {
  const nonce = randomBytes(nonceBytes)
  const header = Buffer.concat([Buffer.from([version, id.length]), Buffer.from(id)])
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(Buffer.concat([header, Buffer.from(context)]))
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([header, nonce, cipher.getAuthTag(), body])
}

function openWith(key: Buffer, box: Buffer, at: { bodyAt: number; context: string }): Buffer {
  const nonce = box.subarray(at.bodyAt, at.bodyAt + nonceBytes)
  const tag = box.subarray(at.bodyAt + nonceBytes, at.bodyAt + nonceBytes + tagBytes)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(Buffer.concat([box.subarray(0, at.bodyAt), Buffer.from(at.context)]))
  decipher.setAuthTag(tag)
  return Buffer.concat([decipher.update(box.subarray(at.bodyAt + nonceBytes + tagBytes)), decipher.final()])
}

function readHeader(box: Buffer): { id: string; bodyAt: number } {
  const idLength = box[1] ?? 0
  const bodyAt = 2 + idLength
  if (box[0] !== version || box.length < bodyAt + nonceBytes + tagBytes) throw new Error('not a sealed value')
  return { id: box.toString('utf8', 2, bodyAt), bodyAt }
}
