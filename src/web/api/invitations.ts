/** Invitations: accounts that wait for their owners, and what they bring along. */
import { z } from 'zod'
import {
  invite,
  listInvitations,
  newInvitation,
  withdrawInvitation,
} from '../../domain/accounts/invitations.ts'
import type { Invitation } from '../../domain/accounts/invitations.ts'
import { requireMayInvite } from '../../domain/administration/permissions.ts'
import { Refusal } from '../../platform/errors.ts'
import { accountIdText, invitationIdText, roleIdText } from './ids.ts'
import { iso, pageOf, time } from './json.ts'
import { defineRoute } from './route.ts'
import type { Route } from './route.ts'

const invitationSchema = z.strictObject({
  id: invitationIdText,
  email: z.string(),
  administrator: z.boolean(),
  roles: z.array(roleIdText),
  created_by: accountIdText.nullable(),
  created_at: time,
  expires_at: time,
})

function invitationJson(invitation: Invitation): z.input<typeof invitationSchema> {
  return {
    id: invitation.id,
    email: invitation.email,
    administrator: invitation.gifts.administrator,
    roles: invitation.gifts.roles,
    created_by: invitation.createdBy ?? null,
    created_at: iso(invitation.createdAt),
    expires_at: iso(invitation.expiresAt),
  }
}

const list = defineRoute({
  id: 'list_invitations',
  tag: 'Accounts',
  method: 'GET',
  path: '/invitations',
  summary: 'Lists the invitations that wait, the newest first.',
  scope: 'accounts:read',
  paged: true,
  status: 200,
  answer: pageOf(invitationSchema),
  handle: async ({ db, page, act }) => {
    const { items, next } = await listInvitations(db, page, act.now)
    return { body: { items: items.map(invitationJson) }, next }
  },
})

const create = defineRoute({
  id: 'create_invitation',
  tag: 'Accounts',
  method: 'POST',
  path: '/invitations',
  summary: 'Invites an address by mail; an older invitation of it stops working.',
  scope: 'accounts:write',
  fresh: true,
  creates: true,
  body: z.strictObject({
    email: newInvitation.shape.email,
    locale: newInvitation.shape.locale,
    administrator: z.boolean().optional().describe('Makes whoever accepts it an owner.'),
    roles: z.array(roleIdText).max(20).optional(),
  }),
  status: 201,
  answer: invitationSchema,
  handle: async ({ db, body, rooms, caller, act }) => {
    const { email, locale, administrator = false, roles = [] } = body
    await requireMayInvite(db, caller.scopes, { administrator, roles })
    const outcome = await invite(db, rooms, { email, locale, gifts: { administrator, roles } }, act)
    if (outcome.outcome === 'email_taken') {
      throw new Refusal('conflict', 'An account has this e-mail address.')
    }
    return { body: invitationJson(outcome.invitation) }
  },
})

const withdraw = defineRoute({
  id: 'withdraw_invitation',
  tag: 'Accounts',
  method: 'DELETE',
  path: '/invitations/{invitation_id}',
  summary: 'Withdraws an invitation: its link stops working.',
  scope: 'accounts:write',
  params: { invitation_id: invitationIdText },
  status: 204,
  handle: async ({ db, params: { invitation_id: id }, act }) => {
    if ((await withdrawInvitation(db, { id }, act)) === 'not_found') {
      throw new Refusal('not_found', 'There is no such invitation.')
    }
    return {}
  },
})

/** The routes about invitations. */
export const invitationRoutes: readonly Route[] = [list, create, withdraw]
