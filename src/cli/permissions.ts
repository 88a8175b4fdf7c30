/** Permissions at the command line: which scopes an account or client has at an API. */
import { heldScopes } from '../domain/apis/held-scopes.ts'
import type { HeldScope } from '../domain/apis/held-scopes.ts'
import { parseApiInput, permission } from '../domain/apis/input.ts'
import type { Permission } from '../domain/apis/input.ts'
import { givePermission, withdrawPermission } from '../domain/apis/permissions.ts'
import type { Owner } from '../domain/apis/permissions.ts'
import type { Database } from '../platform/db/open.ts'
import { defineCommand } from './command.ts'
import { texts } from './option.ts'
import type { Command } from './command.ts'
import type { Given } from './option.ts'
import { CliError } from './failures.ts'
import { apiArgument, ownerOptions, requireApiNamed, requireOwner } from './named.ts'
import { sentence, table } from './output.ts'
import type { Answer } from './output.ts'

const scopeOptions = {
  ...ownerOptions,
  scope: texts('name', 'A scope of the API. Required.'),
}

const give = defineCommand({
  words: 'permissions give',
  summary: 'Gives an account or client scopes of an API.',
  arguments: { api: apiArgument },
  options: scopeOptions,
  examples: [
    'permissions give https://invoices.example/ --client client_4fTq --scope invoices:read',
    'permissions give https://invoices.example/ --account ana@example.com --scope invoices:read --scope invoices:write',
  ],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { named, name } = await permissionOf(db, given)
    const added = await givePermission(db, named, context.act)
    return heldAnswer(
      db,
      named.owner,
      added.length > 0 ? `${name} was given ${added.join(', ')}.` : `${name} had that already.`,
    )
  },
})

const withdraw = defineCommand({
  words: 'permissions withdraw',
  summary: 'Takes scopes of an API from an account or client. What it has through a role stays.',
  arguments: { api: apiArgument },
  options: scopeOptions,
  examples: ['permissions withdraw https://invoices.example/ --client client_4fTq --scope invoices:read'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { named, name } = await permissionOf(db, given)
    const removed = await withdrawPermission(db, named, context.act)
    return heldAnswer(
      db,
      named.owner,
      removed.length > 0
        ? `${name} no longer has ${removed.join(', ')} directly.`
        : `${name} had none of that directly.`,
    )
  },
})

const list = defineCommand({
  words: 'permissions list',
  summary: 'Lists the scopes an account or client has, and whether directly or through roles.',
  options: ownerOptions,
  examples: ['permissions list --account ana@example.com'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { type, id } = await requireOwner(db, given)
    return heldAnswer(db, { type, id })
  },
})

/** The commands about permissions. */
export const permissionCommands: readonly Command[] = [give, withdraw, list]

async function permissionOf(
  db: Database,
  given: Given<typeof scopeOptions> & { readonly api: string },
): Promise<{ readonly named: Permission; readonly name: string }> {
  if (given.scope === undefined) throw new CliError('usage', '--scope is required.')
  const { name, ...owner } = await requireOwner(db, given)
  const { id: apiId } = await requireApiNamed(db, given.api)
  return { named: parseApiInput(permission, { apiId, owner, scopes: given.scope }), name }
}

async function heldAnswer(db: Database, owner: Owner, ...said: readonly string[]): Promise<Answer> {
  const held = await heldScopes(db, owner)
  const json = { owner: { type: owner.type, id: owner.id }, items: held.map(heldJson), next: null }
  const option = `--${owner.type} ${owner.id}`
  const nothing = `The ${owner.type} has no permissions. Give it one with: latchkey permissions give <api> ${option} --scope <name>`
  const rows = held.map((scope) => [scope.apiIdentifier, scope.scope, sourceOf(scope)])
  return {
    json,
    blocks: [
      ...said.map(sentence),
      rows.length === 0 ? sentence(nothing) : table(['api', 'scope', 'given'], rows),
    ],
  }
}

function heldJson({ apiId, apiIdentifier, scope, direct, roles }: HeldScope) {
  return { api_id: apiId, api_identifier: apiIdentifier, scope, direct, roles }
}

function sourceOf({ direct, roles }: HeldScope): string {
  const through = roles.map(({ name }) => `by role ${name}`)
  return [...(direct ? ['directly'] : []), ...through].join(', ')
}
