/** Invitations at the command line. The link is in the mail alone: whoever invites does not choose the password. */
import type { z } from 'zod'
import {
  findInvitation,
  invite,
  invitationListQuery,
  listInvitations,
  newInvitation,
  withdrawInvitation,
} from '../domain/accounts/invitations.ts'
import type { Invitation } from '../domain/accounts/invitations.ts'
import { requireRole } from '../domain/apis/roles.ts'
import type { Database } from '../platform/db/open.ts'
import { Refusal } from '../platform/errors.ts'
import { parseOrRefuse } from '../platform/parse.ts'
import { defineCommand } from './command.ts'
import type { Command } from './command.ts'
import { effectiveConfig } from './effective-config.ts'
import type { Context } from './context.ts'
import { CliError } from './failures.ts'
import { listing, pageOptions } from './listing.ts'
import { flag, requiredText, text, texts } from './option.ts'
import { fields, sentence } from './output.ts'
import type { Answer } from './output.ts'

const inviteCommand = defineCommand({
  words: 'accounts invite',
  summary: 'Mails an invitation: a link, good for a week, with which its reader makes an account.',
  notes: [
    'Whoever reads the mail chooses name and password. Inviting again ends the older link.',
    'SIGN_UP must be "invitation" or "open". The running server sends the mail.',
  ],
  arguments: { email: requiredText('email', 'The e-mail address, which has no account yet.') },
  options: {
    administrator: flag('Makes the account an administrator of the installation.'),
    role: texts('id', 'A role that the account gets.'),
    locale: text('tag', 'The language of the mail, such as de; English unless given.'),
  },
  examples: [
    'accounts invite ana@example.com',
    'accounts invite ana@example.com --administrator --locale de',
  ],
  needsSecrets: true,
  run: async (context, { email, administrator, role, locale }) => {
    const gifts = { administrator, roles: role ?? [] }
    const invitation = parseOrRefuse(newInvitation, { email, locale, gifts }, 'invalid_request')
    const db = await context.openDatabase()
    await requireOpen(context, db)
    for (const id of gifts.roles) await requireRole(db, id)
    return send(context, db, invitation)
  },
})

const list = defineCommand({
  words: 'invitations list',
  summary: 'Lists the invitations that wait, the newest first.',
  options: pageOptions,
  examples: ['invitations list'],
  run: async (context, given) => {
    const query = parseOrRefuse(invitationListQuery, given, 'invalid_request')
    return listing({
      page: await listInvitations(await context.openDatabase(), query, context.act.now),
      columns: ['id', 'e-mail', 'administrator', 'expires'],
      row: ({ id, email, gifts, expiresAt }) => [id, email, gifts.administrator, expiresAt],
      json: invitationJson,
      empty: 'No invitation waits. Make one with: latchkey accounts invite <email>',
      more: 'invitations list',
    })
  },
})

const withdraw = defineCommand({
  words: 'invitations withdraw',
  summary: 'Withdraws an invitation: its link stops working.',
  arguments: { invitation: requiredText('invitation', 'The id of the invitation.') },
  examples: ['invitations withdraw inv_4fTkXb2mQ9LrV7sWnE1c'],
  run: async (context, { invitation: id }) => {
    const db = await context.openDatabase()
    if ((await withdrawInvitation(db, { id }, context.act)) === 'not_found') {
      throw unknownInvitation()
    }
    return { json: { withdrawn: id }, blocks: [sentence('The invitation was withdrawn.')] }
  },
})

const resend = defineCommand({
  words: 'invitations resend',
  summary: 'Mails an invitation again, with the same roles and another link; the older link ends.',
  arguments: { invitation: requiredText('invitation', 'The id of the invitation.') },
  options: { locale: text('tag', 'The language of the mail, such as de; English unless given.') },
  examples: ['invitations resend inv_4fTkXb2mQ9LrV7sWnE1c'],
  needsSecrets: true,
  run: async (context, { invitation: id, locale }) => {
    const db = await context.openDatabase()
    await requireOpen(context, db)
    const found = await findInvitation(db, id, context.act.now)
    if (found === undefined) throw unknownInvitation()
    const { email, gifts } = found
    return send(context, db, parseOrRefuse(newInvitation, { email, locale, gifts }, 'invalid_request'))
  },
})

/** The commands about invitations. */
export const invitationCommands: readonly Command[] = [inviteCommand, list, resend, withdraw]

async function requireOpen(context: Context, db: Database): Promise<void> {
  if ((await effectiveConfig(context, db)).signUp !== 'closed') return
  throw new CliError(
    'configuration',
    'Invitations are closed. Open them with: latchkey settings set SIGN_UP=invitation',
  )
}

async function send(
  context: Context,
  db: Database,
  invitation: z.output<typeof newInvitation>,
): Promise<Answer> {
  const mailing = { seal: await context.openSeal(), issuer: context.config().issuer }
  const invited = await invite(db, mailing, invitation, context.act)
  if (invited.outcome === 'email_taken') {
    throw new Refusal('conflict', 'There is an account with this e-mail address already.')
  }
  return {
    json: invitationJson(invited.invitation),
    blocks: [sentence('The invitation is on its way.'), invitationFields(invited.invitation)],
  }
}

function unknownInvitation(): Refusal {
  return new Refusal('not_found', 'No invitation with this id waits.')
}

function invitationFields({ id, email, gifts, expiresAt }: Invitation) {
  return fields(
    ['id', id],
    ['e-mail', email],
    ['administrator', gifts.administrator],
    ['roles', gifts.roles],
    ['expires', expiresAt],
  )
}

function invitationJson({ id, email, gifts, createdBy, createdAt, expiresAt }: Invitation) {
  return {
    id,
    email,
    ...gifts,
    created_by: createdBy ?? null,
    created_at: createdAt.toISOString(),
    expires_at: expiresAt.toISOString(),
  }
}
