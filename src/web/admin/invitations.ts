/** Invitations: who was invited and has not come yet. */
import { z } from 'zod'
import {
  findInvitation,
  invite,
  listInvitations,
  newInvitation,
  withdrawInvitation,
} from '../../domain/accounts/invitations.ts'
import { requireMayInvite } from '../../domain/administration/permissions.ts'
import { managementApiId } from '../../domain/administration/scopes.ts'
import { rolesOfApi } from '../../domain/apis/roles.ts'
import { Refusal } from '../../platform/errors.ts'
import { invitationsContent } from '../../../views/admin/invitations-page.ts'
import { showNew } from './account-edit.ts'
import { placesOf } from './list-places.ts'
import { fieldsOf } from './route.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const path = '/admin/invitations'
const current = '/admin/accounts'
const inviteForm = z.object({
  invited: z.string().max(1000).default(''),
  role: z.string().max(200).default(''),
})

async function list({ db, now, query, frame, show, rooms }: Visit): Promise<void> {
  const after = query.get('after') ?? undefined
  const { items, next } = await listInvitations(db, { limit: 25, after }, now)
  const names = new Map((await rolesOfApi(db, managementApiId)).map(({ id, name }) => [id, name]))
  const invitations = items.map(({ gifts, ...invitation }) => ({
    ...invitation,
    roles: [...(gifts.administrator ? ['owner'] : []), ...gifts.roles.map((id) => names.get(id) ?? id)],
  }))
  const places = placesOf(path, {}, { after, next })
  const content = invitationsContent(frame, { invitations, mailIsSent: rooms.mailIsSent, ...places })
  show({ title: frame.messages.consoleAccounts.invitationsTitle, current, content })
}

async function send(visit: Visit): Promise<void> {
  const { db, held, frame, rooms, act, leadTo } = visit
  const { invited = '', role = '' } = fieldsOf(visit, inviteForm) ?? {}
  const email = newInvitation.shape.email.safeParse(invited.trim())
  const asTyped = { email: invited, role }
  if (!email.success || !rooms.mailIsSent) {
    return showNew(visit, { invite: { ...asTyped, problem: 'emailInvalid' } })
  }
  const gifts = { administrator: false, roles: role === '' ? [] : [role] }
  await requireMayInvite(db, held, gifts)
  const { language: locale } = frame.messages
  const order = { email: email.data, locale, gifts }
  const { outcome } = await invite(db, rooms, order, act)
  if (outcome === 'email_taken') return showNew(visit, { invite: { ...asTyped, problem: 'emailTaken' } })
  leadTo(path, 'sent')
}

async function sendAgain({ db, held, params, now, rooms, frame, act, leadTo }: Visit): Promise<void> {
  const found = await findInvitation(db, params['id'] ?? '', now)
  if (found === undefined) throw unknown()
  await requireMayInvite(db, held, found.gifts)
  const { outcome } = await invite(
    db,
    rooms,
    { email: found.email, gifts: found.gifts, locale: frame.messages.language },
    act,
  )
  if (outcome === 'email_taken') throw new Refusal('conflict', 'An account has this e-mail address.')
  leadTo(path, 'sent')
}

async function withdraw({ db, params, act, leadTo }: Visit): Promise<void> {
  if ((await withdrawInvitation(db, { id: params['id'] ?? '' }, act)) === 'not_found') throw unknown()
  leadTo(path, 'withdrawn')
}

function unknown(): Refusal {
  return new Refusal('not_found', 'There is no such invitation.')
}

/** The pages of invitations. */
export const invitationPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/invitations', needs: 'accounts:read', handle: list },
  { method: 'POST', path: '/invitations', needs: 'accounts:write', fresh: true, handle: send },
  { method: 'POST', path: '/invitations/:id/send', needs: 'accounts:write', handle: sendAgain },
  { method: 'POST', path: '/invitations/:id/withdraw', needs: 'accounts:write', handle: withdraw },
]
