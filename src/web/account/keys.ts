/** A person's own API keys. The owner is whoever is signed in, whatever a form says (T35). */
import { z } from 'zod'
import { listApiKeys, stateOf } from '../../domain/api-keys/find.ts'
import type { ApiKey } from '../../domain/api-keys/find.ts'
import { revokeApiKey } from '../../domain/api-keys/lifecycle.ts'
import { createPersonalKey, offeredApis, requirePersonalKey } from '../../domain/api-keys/personal.ts'
import type { OfferedApi } from '../../domain/api-keys/personal.ts'
import { rotateApiKey } from '../../domain/api-keys/rotate.ts'
import { isSecretLive } from '../../domain/api-keys/secret.ts'
import { Refusal } from '../../platform/errors.ts'
import { lineOfText } from '../../platform/text.ts'
import { keyPage } from '../../../views/account/key-page.ts'
import { keysPage } from '../../../views/account/keys-page.ts'
import type { KeyView } from '../../../views/account/keys-page.ts'
import {
  chooseApiPage,
  keyLifetimes,
  newKeyPage,
  shownKeyPage,
} from '../../../views/account/new-key-pages.ts'
import { formOf, frameOf, goTo, nothingHere, show } from './door.ts'
import type { Visit } from './door.ts'

// Limits, addresses and another owner are nothing a person decides: a form that names them is not ours.
const newKeyForm = z.strictObject({
  csrf: z.string(),
  name: z.string().max(500).default(''),
  scope: z.string().optional(),
  lifetime: z.enum(keyLifetimes).default('90'),
})
const rotateForm = z.strictObject({
  csrf: z.string(),
  version: z.coerce.number().int().min(1),
  overlap: z.enum(['0', '86400', '604800']).transform(Number),
})
const keyName = lineOfText(100)

/** Lists the keys. */
export async function showKeys(visit: Visit): Promise<void> {
  const { door, ctx, account, act } = visit
  const after = new URLSearchParams(ctx.querystring).get('after') ?? undefined
  const owner = { type: 'account', id: account.id } as const
  const { items, next } = await listApiKeys(door.db, { owner, limit: 20, after }, act.now)
  const canMake = (await offeredApis(door.db, account.id)).length > 0
  const keys = items.map((key) => keyView(key, act.now))
  show(visit, keysPage(frameOf(visit), { keys, next, isFirst: after === undefined, canMake }))
}

/** Lets the person choose an API. */
export async function chooseApi(visit: Visit): Promise<void> {
  const apis = await offeredApis(visit.door.db, visit.account.id)
  const [only] = apis
  if (only !== undefined && apis.length === 1) return goTo(visit, `/account/keys/new/${only.id}`)
  return show(visit, chooseApiPage(frameOf(visit), apis))
}

/** Shows the form of a new key. */
export async function showNewKey(visit: Visit): Promise<void> {
  show(visit, newKeyPage(frameOf(visit), { api: await apiOf(visit) }))
}

/** Makes a key and shows it, this once. */
export async function makeKey(visit: Visit): Promise<void> {
  const { door, ctx, account, act } = visit
  const form = await formOf(visit)
  if (!(await door.own.requireFresh(ctx))) return
  const api = await apiOf(visit)
  const input = newKeyForm.safeParse({ ...form.fields })
  if (!input.success)
    throw new Refusal('invalid_request', 'This form has fields that a key of yours cannot have.')
  const { lifetime } = input.data
  const name = input.data.name.trim()
  const scopes = [...form.all('scope')]
  const problem = keyName.safeParse(name).success ? (scopes.length === 0 ? 'scopes' : undefined) : 'name'
  if (problem !== undefined) {
    const again = { api, name, chosen: scopes, lifetime, problem } as const
    return show(visit, newKeyPage(frameOf(visit), again), 400)
  }
  const expiresAt = lifetime === 'never' ? undefined : daysAfter(act.now, Number(lifetime))
  const wishes = { accountId: account.id, apiId: api.id, name, scopes, expiresAt }
  const { key, text } = await createPersonalKey(door.db, { making: door.making, wishes }, act)
  return show(visit, shownKeyPage(frameOf(visit), { name: key.name, text }))
}

/** Shows one key. */
export async function showKey(visit: Visit): Promise<void> {
  show(visit, keyPage(frameOf(visit), keyView(await keyOf(visit), visit.act.now)))
}

/** Gives a key another secret and shows it, this once. */
export async function rotateKey(visit: Visit): Promise<void> {
  const { door, ctx, act } = visit
  const form = await formOf(visit)
  const { id } = await keyOf(visit)
  if (!(await door.own.requireFresh(ctx, { returnTo: `/account/keys/${id}` }))) return
  const input = rotateForm.safeParse({ ...form.fields })
  if (!input.success) throw new Refusal('invalid_request', 'This form has fields that it cannot have.')
  const { version, overlap: overlapSeconds } = input.data
  const rotation = { id, version, overlapSeconds }
  const { key, text } = await rotateApiKey(door.db, { making: door.making, rotation }, act)
  door.announce({ kind: 'api_key', id })
  return show(visit, shownKeyPage(frameOf(visit), { name: key.name, text }))
}

/** Ends a key. Nothing is asked first: whoever ends a key is often in a hurry. */
export async function revokeKey(visit: Visit): Promise<void> {
  const { door, act } = visit
  await formOf(visit)
  const { id } = await keyOf(visit)
  await revokeApiKey(door.db, { id, reason: 'ended by its owner' }, act)
  door.announce({ kind: 'api_key', id })
  return goTo(visit, '/account/keys', 'key')
}

async function apiOf({ door, ctx, account }: Visit): Promise<OfferedApi> {
  const apis = await offeredApis(door.db, account.id)
  const api = apis.find(({ id }) => id === ctx['params'].id)
  if (api === undefined) throw nothingHere()
  return api
}

async function keyOf({ door, ctx, account }: Visit): Promise<ApiKey> {
  const key = { accountId: account.id, id: String(ctx['params'].id) }
  return requirePersonalKey(door.db, key).catch((error: unknown) => {
    // In the same words as any other address with nothing behind it.
    if (error instanceof Refusal && error.code === 'not_found') throw nothingHere()
    throw error
  })
}

function keyView(key: ApiKey, now: Date): KeyView {
  const live = key.secrets.filter((secret) => isSecretLive(secret, now))
  const uses = key.secrets.map(({ lastUsedAt }) => lastUsedAt).filter((time) => time !== undefined)
  return {
    ...key,
    state: stateOf(key, now),
    lastUsedAt: uses.toSorted((left, right) => right.getTime() - left.getTime())[0],
    olderUntil:
      live.length > 1 ? live.find(({ expiresAt }) => expiresAt !== undefined)?.expiresAt : undefined,
  }
}

function daysAfter(time: Date, days: number): Date {
  return new Date(time.getTime() + days * 86_400_000)
}
