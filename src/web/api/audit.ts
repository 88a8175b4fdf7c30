/** The audit log, searched. */
import { z } from 'zod'
import { auditEvents } from '../../domain/audit/events.ts'
import { eventSearch, searchEvents } from '../../domain/audit/search.ts'
import type { Party } from '../../domain/audit/search.ts'
import { Refusal } from '../../platform/errors.ts'
import { ownerIdText } from './ids.ts'
import { iso, pageOf, time } from './json.ts'
import { defineRoute } from './route.ts'
import type { Route } from './route.ts'
import { spanMembers } from './span.ts'

const party = z.strictObject({ type: z.string(), id: z.string().nullable() })
const targetTypes = eventSearch.shape.target.unwrap().shape.type
const actorTypes = eventSearch.shape.actor.unwrap().shape.type

const search = defineRoute({
  id: 'search_audit_events',
  tag: 'Audit',
  method: 'GET',
  path: '/audit/events',
  summary: 'Searches the audit log, the newest first. Every filter narrows it.',
  scope: 'audit:read',
  paged: true,
  query: {
    type: z.enum(Object.keys(auditEvents)).optional(),
    target_type: targetTypes.optional().describe('Only together with target_id.'),
    target_id: ownerIdText.optional().describe('Only together with target_type.'),
    actor_type: actorTypes.optional(),
    actor_id: ownerIdText.optional().describe('Only together with actor_type.'),
    ...spanMembers,
  },
  status: 200,
  answer: pageOf(
    z.strictObject({
      id: z.int(),
      occurred_at: time,
      type: z.string(),
      actor: party,
      target: party.nullable(),
      address: z.string().nullable(),
      user_agent: z.string().nullable(),
      request_id: z.string().nullable(),
      details: z.record(z.string(), z.unknown()),
    }),
  ),
  handle: async ({ db, query, page }) => {
    const { target_type: targetType, target_id: targetId, actor_type: actorType, actor_id: actorId } = query
    if ((targetType === undefined) !== (targetId === undefined)) {
      throw new Refusal('invalid_request', 'target_type and target_id come together.')
    }
    if (actorType === undefined && actorId !== undefined) {
      throw new Refusal('invalid_request', 'actor_id needs actor_type.')
    }
    const { items, next } = await searchEvents(db, {
      ...page,
      type: eventSearch.shape.type.parse(query.type),
      target: targetType && targetId ? { type: targetType, id: targetId } : undefined,
      actor: actorType && { type: actorType, id: actorId },
      from: query.from,
      until: query.until,
    })
    return {
      body: {
        items: items.map((event) => ({
          id: event.id,
          occurred_at: iso(event.occurredAt),
          type: event.type,
          actor: partyJson(event.actor),
          target: event.target === undefined ? null : partyJson(event.target),
          address: event.address ?? null,
          user_agent: event.userAgent ?? null,
          request_id: event.requestId ?? null,
          details: event.details,
        })),
      },
      next,
    }
  },
})

/** The routes about the audit log. */
export const auditRoutes: readonly Route[] = [search]

function partyJson({ type, id }: Party) {
  return { type, id: id ?? null }
}
