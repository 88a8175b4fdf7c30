/** Roles at the command line: named sets of an API's scopes, and who has them. */
import { newRole, parseApiInput, roleChange, roleMembership } from '../domain/apis/input.ts'
import { giveRole, withdrawRole } from '../domain/apis/role-members.ts'
import {
  changeRole,
  createRole,
  deleteRole,
  requireRole,
  rolesOfApi,
  rolesOfOwner,
} from '../domain/apis/roles.ts'
import type { Role } from '../domain/apis/roles.ts'
import { randomId } from '../platform/crypto/random.ts'
import { defineCommand } from './command.ts'
import { requiredText, text, texts } from './option.ts'
import type { Command } from './command.ts'
import { CliError } from './failures.ts'
import { confirm } from './input.ts'
import { confirmable } from './listing.ts'
import { apiArgument, ownerOptions, requireApiNamed, requireOwner } from './named.ts'
import { fields, sentence, table } from './output.ts'
import type { Answer } from './output.ts'

const roleArgument = requiredText('role', 'The id of the role.')

const create = defineCommand({
  words: 'roles create',
  summary: "Makes a role of some of an API's scopes.",
  arguments: { api: apiArgument },
  options: {
    name: requiredText('text', 'The name, which no other role of the API has.'),
    description: text('text', 'What it is for.'),
    scope: texts('name', 'A scope of the API.'),
    id: text('id', 'Its id; a random one unless given.'),
  },
  examples: [
    'roles create https://invoices.example/ --name Accounting --scope invoices:read --scope invoices:write',
  ],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id: apiId } = await requireApiNamed(db, given.api)
    const { name, description } = given
    const id = given.id ?? randomId('role')
    const role = parseApiInput(newRole, { id, apiId, name, description, scopes: given.scope ?? [] })
    return roleAnswer(await createRole(db, role, context.act), 'The role was made.')
  },
})

const list = defineCommand({
  words: 'roles list',
  summary: 'Lists the roles of an API, or those that an account or client has.',
  options: { api: text('api', 'The API: its id or identifier.'), ...ownerOptions },
  examples: ['roles list --api https://invoices.example/', 'roles list --account ana@example.com'],
  run: async (context, given) => {
    const { api, account, client } = given
    if ([api, account, client].filter((name) => name !== undefined).length !== 1) {
      throw new CliError('usage', 'Give one of --api, --account and --client.')
    }
    const db = await context.openDatabase()
    const roles =
      api === undefined
        ? await rolesOfOwner(db, await requireOwner(db, given))
        : await rolesOfApi(db, (await requireApiNamed(db, api)).id)
    const json = { items: roles.map(roleJson), next: null }
    const nothing =
      api === undefined
        ? 'It has no roles.'
        : `The API has no roles. Make one with: latchkey roles create ${api}`
    if (roles.length === 0) return { json, blocks: [sentence(nothing)] }
    const rows = roles.map((role) => [role.id, role.name, role.apiId, role.scopes])
    return { json, blocks: [table(['id', 'name', 'api', 'scopes'], rows)] }
  },
})

const show = defineCommand({
  words: 'roles show',
  summary: 'Shows a role.',
  arguments: { role: roleArgument },
  examples: ['roles show role_7kLm'],
  run: async (context, given) => roleAnswer(await requireRole(await context.openDatabase(), given.role)),
})

const change = defineCommand({
  words: 'roles change',
  summary: 'Changes a role; what is not named stays as it is.',
  arguments: { role: roleArgument },
  options: {
    name: text('text', 'Another name.'),
    description: text('text', 'Another description.'),
    scope: texts('name', 'All the scopes it is to have from now on.'),
  },
  examples: ['roles change role_7kLm --scope invoices:read'],
  run: async (context, given) => {
    const { role: id, name, description, scope: scopes } = given
    if ([name, description, scopes].every((value) => value === undefined)) {
      throw new CliError('usage', 'Name something to change.')
    }
    const described = parseApiInput(roleChange, { id, name, description, scopes })
    const changed = await changeRole(await context.openDatabase(), described, context.act)
    return roleAnswer(changed, 'The role was changed.')
  },
})

const remove = defineCommand({
  words: 'roles delete',
  summary: 'Deletes a role: whoever had scopes through it alone loses them.',
  arguments: { role: roleArgument },
  options: confirmable,
  examples: ['roles delete role_7kLm --yes'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { id, name } = await requireRole(db, given.role)
    await confirm(
      `This deletes the role ${name} (${id}); whoever had scopes through it alone loses them.`,
      given,
    )
    await deleteRole(db, id, context.act)
    return { json: { deleted: id }, blocks: [sentence(`The role ${name} (${id}) was deleted.`)] }
  },
})

const give = defineCommand({
  words: 'roles give',
  summary: 'Gives an account or client a role.',
  arguments: { role: roleArgument },
  options: ownerOptions,
  examples: ['roles give role_7kLm --account ana@example.com'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { name: ownerName, ...owner } = await requireOwner(db, given)
    const membership = parseApiInput(roleMembership, { roleId: given.role, owner })
    const isNew = await giveRole(db, membership, context.act)
    const said = isNew ? `${ownerName} has the role.` : `${ownerName} had the role already.`
    return roleAnswer(await requireRole(db, given.role), said)
  },
})

const withdraw = defineCommand({
  words: 'roles withdraw',
  summary: 'Takes a role from an account or client.',
  arguments: { role: roleArgument },
  options: ownerOptions,
  examples: ['roles withdraw role_7kLm --account ana@example.com'],
  run: async (context, given) => {
    const db = await context.openDatabase()
    const { name: ownerName, ...owner } = await requireOwner(db, given)
    const membership = parseApiInput(roleMembership, { roleId: given.role, owner })
    const had = await withdrawRole(db, membership, context.act)
    const said = had ? `${ownerName} no longer has the role.` : `${ownerName} did not have the role.`
    return roleAnswer(await requireRole(db, given.role), said)
  },
})

/** The commands about roles. */
export const roleCommands: readonly Command[] = [create, list, show, change, remove, give, withdraw]

function roleJson(role: Role) {
  return {
    id: role.id,
    api_id: role.apiId,
    name: role.name,
    description: role.description,
    scopes: role.scopes,
    created_at: role.createdAt,
    updated_at: role.updatedAt,
  }
}

function roleAnswer(role: Role, ...said: readonly string[]): Answer {
  return {
    json: roleJson(role),
    blocks: [
      ...said.map(sentence),
      fields(
        ['id', role.id],
        ['name', role.name],
        ['description', role.description === '' ? undefined : role.description],
        ['api', role.apiId],
        ['scopes', role.scopes],
        ['created', role.createdAt],
        ['changed', role.updatedAt],
      ),
    ],
  }
}
