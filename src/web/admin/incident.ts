/** Incidents: everything of an account, client, key or API ends in one confirmed step, and it is shown where it arrived. */
import { z } from 'zod'
import { record } from '../../domain/audit/record.ts'
import { searchEvents } from '../../domain/audit/search.ts'
import type { RecordedEvent } from '../../domain/audit/search.ts'
import { endEverythingOf, standingOf } from '../../oidc/incidents.ts'
import { awaitListeners } from '../../platform/db/listeners.ts'
import { lineOfText } from '../../platform/text.ts'
import { confirmIncidentContent } from '../../../views/admin/incident-page.ts'
import type { ShownHearing } from '../../../views/admin/incident-page.ts'
import { incidentResultContent } from '../../../views/admin/incident-result.ts'
import { mayDisable, requireSubject } from './incident-subject.ts'
import type { FoundSubject } from './incident-subject.ts'
import { falseForLastOwner } from './last-owner.ts'
import { fieldsOf } from './route.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const orderForm = z.object({
  confirmed: z.literal('yes'),
  reason: lineOfText(200, { empty: true }).default(''),
  disables: z.literal('yes').optional(),
  all_of_owner: z.literal('yes').optional(),
})

async function ask(visit: Visit, problem?: 'last_owner' | 'not_understood'): Promise<void> {
  const { db, frame, session, show, form } = visit
  const subject = await requireSubject(visit)
  const content = confirmIncidentContent(frame, {
    subject,
    problem,
    reason: form.fields['reason'],
    standing: await standingOf(db, subject),
    mayDisable: await mayDisable(visit, subject),
    isOneself: subject.kind === 'account' && subject.id === session.accountId,
  })
  const { title } = frame.messages.consoleIncident
  const status = problem === undefined ? 200 : problem === 'last_owner' ? 409 : 400
  show({ title, current: '', hasProblem: problem !== undefined, content }, status)
}

async function end(visit: Visit): Promise<void> {
  const { db, act, announce, leadTo } = visit
  const subject = await requireSubject(visit)
  const input = fieldsOf(visit, orderForm)
  if (input === undefined) return ask(visit, 'not_understood')
  const disables = input.disables === 'yes' && (await mayDisable(visit, subject))
  const reason = input.reason === '' ? undefined : input.reason
  const order = {
    kind: subject.kind,
    id: subject.id,
    reason,
    disables,
    allOfOwner: input.all_of_owner === 'yes',
  }
  const ending = await endEverythingOf(db, order, act).catch((error: unknown) => {
    if (!disables) throw error
    return falseForLastOwner(error)
  })
  if (ending === false) return ask(visit, 'last_owner')
  announce(subject.change)
  for (const id of ending.keyIds) announce({ kind: 'api_key', id })
  const details = { ...(await awaitListeners(db)) }
  await record(db, { type: 'incident.heard', target: { type: subject.kind, id: subject.id }, details }, act)
  leadTo(`${visit.ctx.path.replace(/\/$/, '')}/result`)
}

async function showResult(visit: Visit): Promise<void> {
  const { db, query, frame, show } = visit
  const subject = await requireSubject(visit)
  const ended = await newest(visit, subject, 'incident.everything_ended')
  if (ended === undefined) return ask(visit)
  const heard = await newest(visit, subject, 'incident.heard')
  const isOfIt = heard !== undefined && heard.requestId === ended.requestId
  // Looked at again, it is asked again: whoever answers now has heard of all that was done before.
  const hearing =
    query.get('again') === 'yes' || !isOfIt ? await awaitListeners(db) : hearingOf(heard.details)
  const content = incidentResultContent(frame, {
    subject,
    hearing,
    endedAt: ended.occurredAt,
    ended: endedOf(ended.details),
    standing: await standingOf(db, subject),
  })
  show({ title: frame.messages.consoleIncident.resultTitle, current: '', content })
}

async function newest(
  { db }: Visit,
  { kind: type, id }: FoundSubject,
  event: 'incident.everything_ended' | 'incident.heard',
): Promise<RecordedEvent | undefined> {
  const { items } = await searchEvents(db, { type: event, target: { type, id }, limit: 1 })
  return items[0]
}

const endedDetails = z.object({
  sessions: z.number(),
  grants: z.number(),
  keys: z.number(),
  disabled: z.boolean(),
  reason: z.string().optional(),
})
const heardDetails = z.object({ listening: z.number(), heard: z.number(), milliseconds: z.number() })

function endedOf(details: unknown) {
  return endedDetails.parse(details)
}

function hearingOf(details: unknown): ShownHearing {
  return heardDetails.parse(details)
}

/** The pages of incidents. Reached from the pages of accounts, clients, keys and APIs. */
export const incidentPages: readonly ConsoleRoute[] = [
  {
    method: 'GET',
    path: '/incident/:kind/:id',
    needs: 'sessions:write',
    fresh: true,
    handle: (visit) => ask(visit),
  },
  { method: 'POST', path: '/incident/:kind/:id', needs: 'sessions:write', fresh: true, handle: end },
  { method: 'GET', path: '/incident/:kind/:id/result', needs: 'sessions:write', handle: showResult },
]
