/**
 * A page of the console: one value that says who may open it and how fresh their sign-in must be. The router, the navigation
 * and the test of who may open what are made from the same list of these; what does not declare itself is not there.
 */
import type { Context } from 'koa'
import type { z } from 'zod'
import type { ManagementScope } from '../../domain/administration/scopes.ts'
import type { Act } from '../../domain/audit/act.ts'
import type { Database } from '../../platform/db/open.ts'
import type { ConsoleFrame, ConsoleFrameProps } from '../../../views/admin/frame.ts'
import type { OwnForm, OwnSession } from '../own-session.ts'
import type { ConsoleRooms } from './rooms.ts'

/** What a page shows in the console's frame. */
export type FramedPage = Omit<ConsoleFrameProps, keyof ConsoleFrame>

/** Somebody at a page of the console, who was found to be allowed there. */
export interface Visit {
  readonly ctx: Context
  readonly db: Database
  readonly now: Date
  /** Who acts, from where: for every room function that changes something. */
  readonly act: Act
  readonly session: OwnSession
  /** What this administrator may do, read for this request. */
  readonly held: ReadonlySet<ManagementScope>
  readonly rooms: ConsoleRooms
  /** The parts of the path in braces. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** The form that was sent; empty for a page that is only looked at. Its token was found right. */
  readonly form: OwnForm
  /** The brand, texts, navigation and person, for pages. */
  readonly frame: ConsoleFrame
  /** Shows a page in the console's frame. */
  readonly show: (page: FramedPage, status?: number) => void
  /** Leads on after something was done (303); `done` names the sentence that says so there. */
  readonly leadTo: (path: string, done?: DoneCode) => void
  /** Tells the caches of this instance at once what changed; the others hear it from the database. */
  readonly announce: (change: { readonly kind: string; readonly id: string }) => void
}

/** What a page may say that was done, before it was led to: a closed list, because it travels in the address. */
export type DoneCode = keyof ConsoleFrame['messages']['consoleDone']

/** A page of the console. */
export interface ConsoleRoute {
  readonly method: 'GET' | 'POST'
  /** Below `/admin`, as koa-router writes it: `/accounts/:id`. */
  readonly path: string
  /** What an administrator must be permitted. */
  readonly needs: ManagementScope
  /** Whether a sign-in of the last quarter of an hour is needed, with a second factor where they are required. */
  readonly fresh?: boolean
  readonly handle: (visit: Visit) => Promise<void> | void
}

/** Reads the fields of a form by a schema; undefined if they are not what was asked for. */
export function fieldsOf<Schema extends z.ZodType>(
  { form }: Pick<Visit, 'form'>,
  schema: Schema,
): z.output<Schema> | undefined {
  const parsed = schema.safeParse({ ...form.fields })
  return parsed.success ? parsed.data : undefined
}
