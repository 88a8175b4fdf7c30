/** Sessions and grants at the command line: who is signed in where, what people allowed apps, and the end of either. */
import { z } from 'zod'
import { requireClient } from '../domain/clients/client.ts'
import { endEverythingOfAccount } from '../oidc/end-everything.ts'
import { revokeGrant } from '../oidc/grants.ts'
import { standingOf } from '../oidc/incidents.ts'
import { endListedSession, findListedGrant, listGrants, listSessions } from '../oidc/listings.ts'
import type { ListedGrant, ListedSession } from '../oidc/listings.ts'
import type { Database } from '../platform/db/open.ts'
import { pageMembers } from '../platform/db/page.ts'
import type { Page } from '../platform/db/page.ts'
import { Refusal } from '../platform/errors.ts'
import { parseOrRefuse } from '../platform/parse.ts'
import { defineCommand } from './command.ts'
import type { Command } from './command.ts'
import { confirm } from './input.ts'
import { confirmable, emptyText, listing, pageOptions } from './listing.ts'
import { accountArgument, requireAccount } from './named.ts'
import { requiredText, text } from './option.ts'
import { count, sentence } from './output.ts'
import type { Cell } from './output.ts'

const filterOptions = {
  ...pageOptions,
  account: text('account', 'Only those of this account: its id or e-mail address.'),
  client: text('client', 'Only those of this client: its id.'),
}

const sessions = filteredList({
  words: 'sessions list',
  summary: 'Lists the browser sessions somebody is signed in with, the newest first.',
  examples: ['sessions list', 'sessions list --account ana@example.com'],
  list: listSessions,
  columns: ['id', 'account', 'since', 'last seen', 'address', 'clients'],
  row: (session) => [
    session.id,
    session.accountId,
    session.createdAt,
    session.lastSeenAt,
    session.address ?? undefined,
    session.clientIds,
  ],
  json: sessionJson,
  nothing: 'Nobody is signed in.',
})

const endSession = defineCommand({
  words: 'sessions end',
  summary: 'Ends a browser session and the tokens that live with it.',
  arguments: { session: requiredText('session', 'The id of the session.') },
  options: confirmable,
  examples: ['sessions end 4fTkXb2mQ9LrV7sWnE1c --yes'],
  run: async (context, { session: id, yes }) => {
    const db = await context.openDatabase()
    await confirm(`This signs out whoever has the session ${id}.`, { yes })
    if (!(await endListedSession(db, id, context.act))) {
      throw new Refusal('not_found', 'There is no such session.')
    }
    return { json: { ended: id }, blocks: [sentence('The session has ended.')] }
  },
})

const endSessions = defineCommand({
  words: 'accounts end-sessions',
  summary: 'Signs an account out everywhere: its sessions, connected apps and tokens end, its API keys stay.',
  arguments: { account: accountArgument },
  options: confirmable,
  examples: ['accounts end-sessions ana@example.com --yes'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, email } = await requireAccount(db, given.account)
    const { sessions: open, grants: allowed } = await standingOf(db, { kind: 'account', id })
    const standing = `${count(open, 'session')}, ${count(allowed, 'connected app')}`
    await confirm(`This signs ${email} (${id}) out everywhere: ${standing}, and the tokens of both.`, given)
    await endEverythingOfAccount(db, id, context.act)
    return { json: { ended: id, sessions: open, grants: allowed }, blocks: [sentence(`Ended: ${standing}.`)] }
  },
})

const grants = filteredList({
  words: 'grants list',
  summary: 'Lists what accounts allowed clients, while it lasts, the newest first.',
  examples: ['grants list --client client_4fTq'],
  list: listGrants,
  columns: ['id', 'account', 'client', 'since', 'until'],
  row: (grant) => [grant.id, grant.accountId, grant.clientId, grant.createdAt, grant.expiresAt],
  json: grantJson,
  nothing: 'Nobody has allowed an app anything.',
})

const endGrant = defineCommand({
  words: 'grants end',
  summary: 'Ends a grant with every token that was issued under it.',
  arguments: { grant: requiredText('grant', 'The id of the grant.') },
  options: confirmable,
  examples: ['grants end 4fTkXb2mQ9LrV7sWnE1c --yes'],
  run: async (context, { grant: id, yes }) => {
    const db = await context.openDatabase()
    const found = await findListedGrant(db, id)
    if (found === undefined) throw new Refusal('not_found', 'There is no such grant.')
    const { accountId, clientId } = found
    await confirm(`This ends what the account ${accountId} allowed the client ${clientId}.`, { yes })
    await revokeGrant(db, { id, reason: 'revoked' }, context.act)
    return { json: { ended: id }, blocks: [sentence('The grant has ended.')] }
  },
})

/** The commands about sessions and grants. */
export const sessionCommands: readonly Command[] = [sessions, endSession, endSessions, grants, endGrant]

interface FilteredList<Item> extends Pick<Command, 'summary' | 'examples'> {
  readonly words: string
  readonly list: (db: Database, query: Awaited<ReturnType<typeof queryOf>>) => Promise<Page<Item>>
  readonly columns: readonly string[]
  readonly row: (item: Item) => readonly Cell[]
  readonly json: (item: Item) => unknown
  /** Said when there is nothing and nothing was searched for. */
  readonly nothing: string
}

/** A list that can be narrowed down to an account or a client. */
function filteredList<Item>(asked: FilteredList<Item>): Command {
  const { words, summary, examples, list, columns, row, json, nothing } = asked
  return defineCommand({
    words,
    summary,
    options: filterOptions,
    examples,
    run: async (context, given) => {
      const db = await context.openDatabase()
      const page = await list(db, await queryOf(db, given))
      const searched = given.account !== undefined || given.client !== undefined
      return listing({ page, columns, row, json, empty: emptyText(searched, nothing), more: words })
    },
  })
}

interface GivenFilters {
  readonly limit: number | undefined
  readonly after: string | undefined
  readonly account: string | undefined
  readonly client: string | undefined
}

async function queryOf(db: Database, { limit, after, account, client }: GivenFilters) {
  const page = parseOrRefuse(z.strictObject(pageMembers), { limit, after }, 'invalid_request')
  return {
    limit: page.limit,
    after: page.after,
    accountId: account === undefined ? undefined : (await requireAccount(db, account)).id,
    clientId: client === undefined ? undefined : (await requireClient(db, client)).id,
  }
}

function sessionJson(session: ListedSession) {
  return {
    id: session.id,
    account_id: session.accountId,
    client_ids: session.clientIds,
    created_at: session.createdAt,
    last_seen_at: session.lastSeenAt,
    expires_at: session.expiresAt,
    address: session.address,
    user_agent: session.userAgent,
  }
}

function grantJson({ id, accountId, clientId, createdAt, expiresAt }: ListedGrant) {
  return { id, account_id: accountId, client_id: clientId, created_at: createdAt, expires_at: expiresAt }
}
