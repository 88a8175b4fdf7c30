import { randomBytes } from 'node:crypto'
import { randomId } from '../../src/platform/crypto/random.ts'
import type { World } from './world.ts'

/** Gives an account a passkey that nobody has: there to be listed, named and removed. */
export async function givePasskey(
  { db }: Pick<World, 'db'>,
  accountId: string,
  name = 'Laptop',
): Promise<string> {
  const id = randomId('pk')
  await db
    .insertInto('passkeyUsers')
    .values({ accountId, userHandle: randomBytes(32) })
    .onConflict((conflict) => conflict.column('accountId').doNothing())
    .execute()
  await db
    .insertInto('passkeys')
    .values({
      id,
      accountId,
      name,
      aaguid: '00000000-0000-0000-0000-000000000000',
      publicKey: Buffer.alloc(10),
      credentialId: randomBytes(16),
      counter: 0,
      backedUp: false,
      synchronises: false,
      transports: [],
      createdAt: new Date(),
    })
    .execute()
  return id
}
