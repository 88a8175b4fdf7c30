/** Key hygiene at the console: what was found, what would help, done on a click and undone on another. */
import { z } from 'zod'
import { requireMayGive } from '../../domain/administration/permissions.ts'
import { findApiKeys, requireApiKey } from '../../domain/api-keys/find.ts'
import type { ApiKey } from '../../domain/api-keys/find.ts'
import { findings, hygieneOf } from '../../domain/api-keys/hygiene.ts'
import { applyProposal, planProposal, proposals, undoProposal } from '../../domain/api-keys/proposals.ts'
import type { Proposal, ProposalPlan, ProposalUndo } from '../../domain/api-keys/proposals.ts'
import { isKeyId } from '../../domain/api-keys/secret.ts'
import { Refusal } from '../../platform/errors.ts'
import { hygieneContent } from '../../../views/admin/hygiene-page.ts'
import { appliedContent, confirmProposalContent } from '../../../views/admin/hygiene-proposal-pages.ts'
import type { AppliedKey, PlannedKey } from '../../../views/admin/hygiene-proposal-pages.ts'
import { ownerCalled, shownOwners } from './key-owners.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const path = '/admin/hygiene'
const perPage = 20
const mostAtOnce = 100

async function showFindings({ db, now, rooms, query, frame, show }: Visit): Promise<void> {
  const finding = findings.find((each) => each === query.get('finding'))
  const after = query.get('after') ?? undefined
  const called = (query.get('owner') ?? '').trim()
  const owner = called === '' ? undefined : await ownerCalled(db, called)
  const isUnknown = called !== '' && owner === undefined
  const { items, next } = isUnknown
    ? { items: [], next: undefined }
    : await hygieneOf(
        db,
        {
          query: { limit: perPage, finding, owner, after },
          pepperId: rooms.keyMaking.peppers.current.id,
        },
        now,
      )
  const filters = { ...(finding !== undefined && { finding }), ...(called !== '' && { owner: called }) }
  const ownerOf = await shownOwners(
    db,
    items.map(({ owner }) => owner),
  )
  const content = hygieneContent(frame, {
    findings,
    finding: finding ?? '',
    owner: called,
    keys: items.map((key) => ({ ...key, owner: ownerOf(key.owner) })),
    first: after === undefined ? undefined : urlOf(filters),
    next: next === undefined ? undefined : urlOf(filters, next),
    noneTicked: query.has('none'),
  })
  show({ title: frame.messages.consoleHygiene.title, current: path, content })
}

function urlOf(filters: Readonly<Record<string, string>>, after?: string): string {
  const query = new URLSearchParams({ ...filters, ...(after !== undefined && { after }) })
  return query.size === 0 ? path : `${path}?${query.toString()}`
}

/** Says what would happen to each key, as it is now. */
async function ask({ db, now, query, frame, show, leadTo }: Visit): Promise<void> {
  const proposal = proposals.find((each) => each === query.get('proposal'))
  const ids = idsOf(query.getAll('key'))
  if (proposal === undefined || ids.length === 0) return leadTo(`${path}?none=1`)
  const keys: PlannedKey[] = []
  for (const key of await findApiKeys(db, ids)) {
    const plan = await planProposal(db, { key, proposal }, now)
    keys.push({ id: key.id, name: key.name, lastUsedAt: lastUsedAt(key), plan: shownPlan(plan) })
  }
  const content = confirmProposalContent(frame, { proposal, keys })
  show({ title: frame.messages.consoleHygiene[proposal], current: path, content })
}

async function apply(visit: Visit): Promise<void> {
  const { form, frame, show, leadTo } = visit
  const proposal = proposals.find((each) => each === form.fields['proposal'])
  const ids = idsOf(form.all('key'))
  if (proposal === undefined || ids.length === 0 || form.fields['confirmed'] !== 'yes') {
    return leadTo(`${path}?none=1`)
  }
  const keys: AppliedKey[] = []
  const undo: string[] = []
  for (const id of ids) {
    const applied = await applyTo(visit, id, proposal)
    if (applied === undefined) continue
    keys.push(applied.shown)
    if (applied.undo !== undefined) undo.push(undoText(applied.undo))
  }
  const content = appliedContent(frame, { keys, undo })
  show({ title: frame.messages.consoleHygiene.doneTitle, current: path, content })
}

interface Applied {
  readonly shown: AppliedKey
  readonly undo: ProposalUndo | undefined
}

/** One key at a time: what cannot be done to one of them does not keep it from the others. */
async function applyTo(visit: Visit, id: string, proposal: Proposal): Promise<Applied | undefined> {
  const { db, act, held, announce } = visit
  const [key] = await findApiKeys(db, [id])
  if (key === undefined) return undefined
  const skipped = (outcome: 'gone' | 'forbidden'): Applied => ({
    shown: { name: key.name, outcome },
    undo: undefined,
  })
  try {
    // As at any other change; whoever may change keys at all may end each of them.
    if (proposal !== 'revoke') requireMayGive(held, key)
    const outcome = await applyProposal(db, { id, proposal, reason: reasonOf(visit) }, act)
    if (outcome === undefined) return undefined
    announce({ kind: 'api_key', id })
    const dropped = outcome.kind === 'drop' ? outcome.scopes : []
    const canUndo = outcome.kind === 'expire' || outcome.kind === 'drop'
    return {
      shown: { name: key.name, outcome: shownOutcome(outcome) },
      undo: canUndo ? { id, version: outcome.key.version, dropped } : undefined,
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return skipped(error.code === 'forbidden' ? 'forbidden' : 'gone')
  }
}

/** Said in the audit log, which is read in one language by everybody. */
function reasonOf({ form }: Visit): string {
  const given = (form.fields['reason'] ?? '').trim().slice(0, 200)
  return given === '' ? 'unused, found by key hygiene' : given
}

async function undo(visit: Visit): Promise<void> {
  const { db, form, act, held, announce, frame, show } = visit
  const keys: AppliedKey[] = []
  for (const wanted of form.all('undo').slice(0, mostAtOnce)) {
    const read = readUndo(wanted)
    if (read === undefined) throw new Refusal('invalid_request', 'This is nothing that can be undone.')
    const key = await requireApiKey(db, read.id)
    requireMayGive(held, { apiId: key.apiId, scopes: [...key.scopes, ...read.dropped] })
    const isUndone = await undoProposal(db, read, act)
    announce({ kind: 'api_key', id: key.id })
    keys.push({ name: key.name, outcome: isUndone ? 'undone' : 'not_undone' })
  }
  const content = appliedContent(frame, { keys, undo: [] })
  show({ title: frame.messages.consoleHygiene.undoneTitle, current: path, content })
}

const undoShape = z.tuple([
  z.string(),
  z.int().min(1).max(2_147_483_647),
  z.array(z.string().max(200)).max(500),
])

/** It travels in the page and back: what it says is checked as any change is. */
function undoText({ id, version, dropped }: ProposalUndo): string {
  return JSON.stringify([id, version, dropped])
}

function readUndo(text: string): ProposalUndo | undefined {
  try {
    const parsed = undoShape.safeParse(JSON.parse(text))
    if (!parsed.success) return undefined
    const [id, version, dropped] = parsed.data
    return { id, version, dropped }
  } catch {
    return undefined
  }
}

function idsOf(given: readonly string[]): readonly string[] {
  return [...new Set(given)].filter(isKeyId).slice(0, mostAtOnce)
}

function shownPlan(plan: ProposalPlan): PlannedKey['plan'] {
  switch (plan.kind) {
    case 'revoke':
      return 'revoke'
    case 'expire':
      return { expiresAt: plan.expiresAt }
    case 'drop':
      return { dropped: plan.scopes }
    case 'none':
      return 'none'
  }
}

function shownOutcome(plan: ProposalPlan): AppliedKey['outcome'] {
  const shown = shownPlan(plan)
  if (plan.kind === 'none') return plan.why
  return shown === 'revoke' || shown === 'none' ? 'revoked' : shown
}

function lastUsedAt({ secrets }: ApiKey): Date | undefined {
  const times = secrets.flatMap((secret) => secret.lastUsedAt?.getTime() ?? [])
  return times.length === 0 ? undefined : new Date(Math.max(...times))
}

/** The pages of key hygiene. */
export const hygienePages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/hygiene', needs: 'keys:read', handle: showFindings },
  { method: 'GET', path: '/hygiene/confirm', needs: 'keys:write', handle: ask },
  { method: 'POST', path: '/hygiene/apply', needs: 'keys:write', handle: apply },
  // It gives back, which is a change of a key as any other is (ASVS 7.5.3); a sign-in on the way leads to the list.
  {
    method: 'GET',
    path: '/hygiene/undo',
    needs: 'keys:write',
    fresh: true,
    handle: ({ leadTo }) => leadTo(path),
  },
  { method: 'POST', path: '/hygiene/undo', needs: 'keys:write', fresh: true, handle: undo },
]
