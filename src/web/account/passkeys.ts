/** Passkeys: added, named and removed. */
import { distrustDevices } from '../../domain/devices/devices.ts'
import {
  listPasskeys,
  maxPasskeys,
  passkeyName,
  removePasskey,
  renamePasskey,
} from '../../domain/second-factors/passkeys.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { addPasskeyPage, passkeyPage } from '../../../views/account/passkey-pages.ts'
import type { AddPasskeyProblem } from '../../../views/account/passkey-pages.ts'
import type { PasskeyView } from '../../../views/account/security-page.ts'
import { formOf, frameOf, goTo, nothingHere, show } from './door.ts'
import type { Visit } from './door.ts'
import { goOnOrShowCodes } from './recovery-codes.ts'

const here = '/account/security'

/** Shows the form with which a passkey is added. */
export function showAddPasskey(visit: Visit): Promise<void> {
  return renderAddPasskey(visit, undefined)
}

/** Takes a new passkey. */
export async function addPasskey(visit: Visit): Promise<void> {
  const { door, ctx, account, session, act } = visit
  const { fields } = await formOf(visit)
  if (!(await door.own.requireFresh(ctx))) return
  if (door.passkeys === undefined) throw nothingHere()
  const name = nameIn(fields)
  if (name === undefined && (fields['name'] ?? '') !== '') return renderAddPasskey(visit, 'name')
  const made = await door.passkeys.add(
    {
      accountId: account.id,
      place: session.sid,
      credential: fields['credential'] ?? '',
      ...(name !== undefined && { name }),
    },
    act,
  )
  if (made.outcome !== 'registered') return renderAddPasskey(visit, made.outcome)
  return goOnOrShowCodes(visit, 'passkey')
}

/** Shows one passkey. */
export async function showPasskey(visit: Visit): Promise<void> {
  show(visit, passkeyPage(frameOf(visit), { passkey: await passkeyOf(visit) }))
}

/** Gives a passkey another name. */
export async function rename(visit: Visit): Promise<void> {
  const { door, account, act } = visit
  const { fields } = await formOf(visit)
  const passkey = await passkeyOf(visit)
  const name = nameIn(fields)
  if (name === undefined) {
    return show(visit, passkeyPage(frameOf(visit), { passkey, isNameInvalid: true }), 400)
  }
  const outcome = await renamePasskey(door.db, { accountId: account.id, id: passkey.id, name }, act)
  if (outcome === 'not_found') throw nothingHere()
  return goTo(visit, here, 'passkey_renamed')
}

/** Removes a passkey, and the trust in devices that may have been remembered with it. */
export async function remove(visit: Visit): Promise<void> {
  const { door, ctx, account, act } = visit
  await formOf(visit)
  const { id } = await passkeyOf(visit)
  if (!(await door.own.requireFresh(ctx, { returnTo: `${here}/passkeys/${id}` }))) return
  await inTransaction(door.db, async (trx) => {
    const outcome = await removePasskey(trx, { accountId: account.id, id }, act)
    if (outcome === 'not_found') throw nothingHere()
    await distrustDevices(trx, { accountId: account.id })
  })
  return goTo(visit, here, 'passkey_removed')
}

async function renderAddPasskey(visit: Visit, problem: AddPasskeyProblem | undefined): Promise<void> {
  const { door, account, session, act } = visit
  if (door.passkeys === undefined) throw nothingHere()
  const owner = { accountId: account.id, place: session.sid }
  const names = { name: account.email, displayName: account.claims.name ?? account.email }
  const options = await door.passkeys.askToAdd({ ...owner, ...names }, act)
  const page = addPasskeyPage(frameOf(visit), { options, most: maxPasskeys, problem })
  show(visit, page, problem === undefined ? 200 : 400)
}

async function passkeyOf({ door, ctx, account }: Visit): Promise<PasskeyView> {
  const passkeys = await listPasskeys(door.db, account.id)
  const passkey = passkeys.find(({ id }) => id === ctx['params'].id)
  if (passkey === undefined) throw nothingHere()
  return passkey
}

function nameIn(fields: Readonly<Record<string, string>>): string | undefined {
  const parsed = passkeyName.safeParse((fields['name'] ?? '').trim())
  return parsed.success ? parsed.data : undefined
}
