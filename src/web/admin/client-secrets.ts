/** The secrets of clients: made, given an end, revoked. A secret is in the answer that made it, and nowhere else. */
import { z } from 'zod'
import type { Client, ClientSecret } from '../../domain/clients/client.ts'
import { addSecret, expireSecret, isLive, revokeSecret } from '../../domain/clients/secret.ts'
import { randomSecret } from '../../platform/crypto/random.ts'
import { Refusal } from '../../platform/errors.ts'
import {
  expireSecretContent,
  newSecretContent,
  revokeSecretContent,
  secretLifetimes,
  shownSecretContent,
} from '../../../views/admin/client-secret-pages.ts'
import type { ShownClientSecret } from '../../../views/admin/client-secret-pages.ts'
import { changeable } from './client-edit.ts'
import { fieldsOf } from './route.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const current = '/admin/clients'
const lifetimeForm = z.object({ lifetime: z.enum(secretLifetimes) })
const daysOf = { day: 1, week: 7, month: 30, quarter: 90, year: 365 } as const

async function askNew(visit: Visit): Promise<void> {
  const { frame, show } = visit
  const client = await changeable(visit)
  const title = frame.messages.consoleClientSecrets.add
  show({ title, current, content: newSecretContent(frame, client) })
}

async function make(visit: Visit): Promise<void> {
  const { db, frame, rooms, act, announce, show, leadTo } = visit
  const client = await changeable(visit)
  const input = fieldsOf(visit, lifetimeForm)
  if (input === undefined) return leadTo(`/admin/clients/${client.id}/secrets/new`)
  const secret = randomSecret()
  const expiresAt = endOf(visit.now, input.lifetime)
  await addSecret(db, { clientId: client.id, secretId: rooms.newId('secret'), secret, expiresAt }, act)
  announce({ kind: 'client', id: client.id })
  const title = frame.messages.consoleClientSecrets.title
  return show({ title, current, content: shownSecretContent(frame, client, secret) })
}

async function askExpiry(visit: Visit): Promise<void> {
  const { frame, now, show } = visit
  const { client, secret } = await secretOf(visit)
  const title = frame.messages.consoleClientSecrets.expireTitle
  show({ title, current, content: expireSecretContent(frame, client, shownSecret(secret, now)) })
}

async function expire(visit: Visit): Promise<void> {
  const { db, now, act, announce, leadTo } = visit
  const { client, secret } = await secretOf(visit)
  const input = fieldsOf(visit, lifetimeForm)
  const expiresAt = input === undefined ? undefined : endOf(now, input.lifetime)
  if (expiresAt === undefined) return leadTo(`/admin/clients/${client.id}/secrets/${secret.id}/expire`)
  await expireSecret(db, { clientId: client.id, secretId: secret.id, expiresAt }, act)
  announce({ kind: 'client', id: client.id })
  return leadTo(`/admin/clients/${client.id}`, 'saved')
}

async function askRevocation(visit: Visit): Promise<void> {
  const { frame, now, show } = visit
  const { client, secret } = await secretOf(visit)
  const othersLive = client.secrets.filter((other) => other.id !== secret.id && isLive(other, now)).length
  const content = revokeSecretContent(frame, client, { secret: shownSecret(secret, now), othersLive })
  show({ title: frame.messages.consoleClientSecrets.revoke, current, content })
}

async function revoke(visit: Visit): Promise<void> {
  const { db, form, act, announce, leadTo } = visit
  const { client, secret } = await secretOf(visit)
  const url = `/admin/clients/${client.id}`
  if (form.fields['confirmed'] !== 'yes') return leadTo(`${url}/secrets/${secret.id}/revoke`)
  await revokeSecret(db, { clientId: client.id, secretId: secret.id }, act)
  announce({ kind: 'client', id: client.id })
  return leadTo(url, 'revoked')
}

/** What is told of a secret. */
export function shownSecret(secret: ClientSecret, now: Date): ShownClientSecret {
  const { id, createdAt, expiresAt } = secret
  return { id, createdAt, expiresAt, isLive: isLive(secret, now) }
}

async function secretOf(visit: Visit): Promise<{ readonly client: Client; readonly secret: ClientSecret }> {
  const client = await changeable(visit)
  const secret = client.secrets.find(({ id }) => id === visit.params['secret'])
  if (secret === undefined) throw new Refusal('not_found', 'The client has no such secret.')
  return { client, secret }
}

function endOf(now: Date, lifetime: (typeof secretLifetimes)[number]): Date | undefined {
  if (lifetime === 'forever') return undefined
  return new Date(now.getTime() + daysOf[lifetime] * 86_400_000)
}

/** Pages about the secrets of clients. */
export const clientSecretPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/clients/:id/secrets/new', needs: 'clients:write', fresh: true, handle: askNew },
  { method: 'POST', path: '/clients/:id/secrets/new', needs: 'clients:write', fresh: true, handle: make },
  { method: 'GET', path: '/clients/:id/secrets/:secret/expire', needs: 'clients:write', handle: askExpiry },
  { method: 'POST', path: '/clients/:id/secrets/:secret/expire', needs: 'clients:write', handle: expire },
  {
    method: 'GET',
    path: '/clients/:id/secrets/:secret/revoke',
    needs: 'clients:write',
    fresh: true,
    handle: askRevocation,
  },
  {
    method: 'POST',
    path: '/clients/:id/secrets/:secret/revoke',
    needs: 'clients:write',
    fresh: true,
    handle: revoke,
  },
]
