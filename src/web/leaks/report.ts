/**
 * The door for whoever finds a key of this installation: `POST /leaks/report`, without a sign-in, because who holds a
 * key has proved enough. The answer is always the same, at about the same time, whether there is such a key or not.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { Router } from '@koa/router'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { LeakOutcome, LeakReport } from '../../domain/api-keys/leaks.ts'
import type { Act } from '../../domain/audit/act.ts'
import { budgets } from '../../domain/limits/budgets.ts'
import { take } from '../../domain/limits/take.ts'
import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import { addressBucket } from '../../platform/http/client-address.ts'
import { readBytes, readForm } from '../../platform/http/form.ts'
import { parseOrRefuse } from '../../platform/parse.ts'
import { routesOf } from '../routes-of.ts'
import { jsonOf } from './json-body.ts'

/** What the door needs. */
export interface LeakReportDoor {
  readonly db: Database
  readonly now: () => Date
  readonly reportLeak: (report: LeakReport, act: Act) => Promise<LeakOutcome>
}

const maxBodyBytes = 4 * 1024
// Far above what finding and ending a key takes, so that the answer's time does not tell which of them happened.
const answerAfterMilliseconds = 250
const body = z.object({ key: z.string().min(1).max(1000) })

/** Takes reports, as JSON or as a form with the field `key`. */
export function createLeakReportDoor(door: LeakReportDoor): Middleware {
  const router = new Router()
  router.post('leaks_report', '/leaks/report', async (ctx) => {
    const taken = await take(door.db, {
      budget: budgets.leak_report_address,
      key: addressBucket(String(ctx.state['address'])),
    })
    if (!taken.allowed) {
      throw new Refusal('rate_limited', 'Too many reports. Try again in a moment.', {
        retryAfterSeconds: taken.retryAfterSeconds,
      })
    }
    const { key } = parseOrRefuse(body, await readReport(ctx), 'invalid_request')
    await Promise.all([
      door.reportLeak({ text: key.trim(), reporter: 'anonymous' }, actOf(ctx, door.now())),
      wait(answerAfterMilliseconds),
    ])
    ctx.status = 202
    ctx.body = { accepted: true }
  })
  return routesOf(router, '/leaks/')
}

/** Who reports: nobody we know, from somewhere. */
export function actOf(ctx: Context, now: Date): Act {
  return {
    actor: { type: 'anonymous' },
    now,
    requestId: ctx.state['requestId'],
    address: ctx.state['address'],
    userAgent: ctx.get('user-agent') || undefined,
  }
}

async function readReport(ctx: Context): Promise<unknown> {
  return ctx.is('application/json') === 'application/json'
    ? jsonOf(await readBytes(ctx, maxBodyBytes))
    : readForm(ctx)
}
