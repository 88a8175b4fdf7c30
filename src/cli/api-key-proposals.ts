/** What hygiene proposes for API keys, done for those that are named, and undone as long as nobody changed them since. */
import { requireApiKey } from '../domain/api-keys/find.ts'
import { parseApiKeyInput, revocation } from '../domain/api-keys/input.ts'
import { applyProposal, planProposal, proposals, undoProposal } from '../domain/api-keys/proposals.ts'
import type { Proposal, ProposalPlan } from '../domain/api-keys/proposals.ts'
import { Refusal } from '../platform/errors.ts'
import { apiKeyArgument } from './api-key-options.ts'
import { defineCommand } from './command.ts'
import type { Command } from './command.ts'
import type { Context } from './context.ts'
import { CliError } from './failures.ts'
import { confirm } from './input.ts'
import { confirmable } from './listing.ts'
import { requiredText, text, texts, wholeNumber } from './option.ts'
import { sentence, table } from './output.ts'

const mostAtOnce = 100

const apply = defineCommand({
  words: 'api-keys apply-proposal',
  summary:
    'Does for API keys what hygiene proposes: revokes them, gives them an end, or drops scopes they do not use.',
  notes: [
    'revoke cannot be undone; expire ends a key that has no end in 90 days; drop takes the scopes that were never asked for.',
    'A key that needs none of it is left as it is. For what can be undone the command that does is printed.',
  ],
  arguments: { proposal: requiredText('proposal', `What to do: ${proposals.join(', ')}.`) },
  options: {
    key: texts('key', `The id of an API key; give it again for others, up to ${mostAtOnce}.`),
    reason: text('text', 'Why, for whoever looks at a revoked key later.'),
    ...confirmable,
  },
  examples: ['api-keys apply-proposal expire --key 7Gq2mZ0aXk4T --key 0bN4cV8xLq1R --yes'],
  run: async (context, given) => {
    const proposal = proposals.find((each) => each === given.proposal)
    if (proposal === undefined)
      throw new CliError('usage', `<proposal> must be one of: ${proposals.join(', ')}.`)
    const ids = [...new Set(given.key)]
    if (ids.length === 0 || ids.length > mostAtOnce) {
      throw new CliError('usage', `Give --key once or more, and at most ${mostAtOnce} times.`)
    }
    const { reason = 'unused, found by key hygiene' } = parseApiKeyInput(revocation.pick({ reason: true }), {
      reason: given.reason,
    })
    const planned = await planAll(context, ids, proposal)
    await confirm(
      planned.map(({ id, name, plan }) => `${name} (${id}): ${planText(plan)}.`).join('\n'),
      given,
    )
    return applyAll(context, { ids, proposal, reason })
  },
})

const undo = defineCommand({
  words: 'api-keys undo-proposal',
  summary: 'Undoes what a proposal did to an API key, if the key was not changed since.',
  arguments: { key: apiKeyArgument },
  options: {
    version: wholeNumber('number', 'The version of the key after the proposal. Required.'),
    scope: texts('scope', 'A scope that was dropped; none for a key that was given an end.'),
  },
  examples: ['api-keys undo-proposal 7Gq2mZ0aXk4T --version 3 --scope invoices:write'],
  run: async (context, { key: id, version, scope: dropped = [] }) => {
    if (version === undefined) throw new CliError('usage', '--version is required.')
    const db = await context.openDatabase()
    await requireApiKey(db, id)
    if (!(await undoProposal(db, { id, version, dropped }, context.act))) {
      throw new Refusal('conflict', 'The key was changed since, has ended, or may not have what it had.')
    }
    return { json: { undone: id }, blocks: [sentence('The key is as it was.')] }
  },
})

/** The commands about proposals. */
export const apiKeyProposalCommands: readonly Command[] = [apply, undo]

async function planAll(context: Context, ids: readonly string[], proposal: Proposal) {
  const db = await context.openDatabase()
  const planned: { id: string; name: string; plan: ProposalPlan }[] = []
  for (const id of ids) {
    const key = await requireApiKey(db, id)
    planned.push({ id, name: key.name, plan: await planProposal(db, { key, proposal }, context.act.now) })
  }
  return planned
}

interface Order {
  readonly ids: readonly string[]
  readonly proposal: Proposal
  readonly reason: string
}

/** One key at a time, as at the console: what cannot be done to one of them does not keep it from the others. */
async function applyAll(context: Context, { ids, proposal, reason }: Order) {
  const db = await context.openDatabase()
  const done: { id: string; outcome: string; undo: string | undefined }[] = []
  for (const id of ids) {
    try {
      const outcome = await applyProposal(db, { id, proposal, reason }, context.act)
      done.push(
        outcome === undefined
          ? { id, outcome: 'gone', undo: undefined }
          : { id, outcome: planText(outcome), undo: undoText(outcome, outcome.key) },
      )
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      done.push({ id, outcome: error.message, undo: undefined })
    }
  }
  const undone = done.flatMap(({ undo: text }) =>
    text === undefined ? [] : [sentence(`Undo: latchkey ${text}`)],
  )
  return {
    json: { items: done.map((each) => ({ ...each, undo: each.undo ?? null })) },
    blocks: [
      table(
        ['id', 'outcome'],
        done.map(({ id, outcome }) => [id, outcome]),
      ),
      ...undone,
    ],
  }
}

function planText(plan: ProposalPlan): string {
  switch (plan.kind) {
    case 'revoke':
      return 'revoked'
    case 'expire':
      return `ends ${plan.expiresAt.toISOString()}`
    case 'drop':
      return `without ${plan.scopes.join(' ')}`
    case 'none':
      return { gone: 'works no more', nothing: 'needs nothing', empty: 'would be left with nothing' }[
        plan.why
      ]
  }
}

function undoText(plan: ProposalPlan, key: { readonly id: string; readonly version: number }) {
  if (plan.kind !== 'expire' && plan.kind !== 'drop') return undefined
  const scopes = plan.kind === 'drop' ? plan.scopes.map((scope) => ` --scope ${scope}`) : []
  return `api-keys undo-proposal ${key.id} --version ${key.version}${scopes.join('')}`
}
