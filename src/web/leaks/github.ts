/**
 * The receiver of GitHub's secret-scanning partner messages: `POST /leaks/github`. GitHub signs what it sends and may be
 * told which of the reported strings were keys; nobody else is answered anything but a refusal.
 */
import { Router } from '@koa/router'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { Act } from '../../domain/audit/act.ts'
import { budgets } from '../../domain/limits/budgets.ts'
import { refund, take } from '../../domain/limits/take.ts'
import { sha256 } from '../../platform/crypto/digest.ts'
import { isDatabaseUnavailable } from '../../platform/db/failures.ts'
import { Refusal } from '../../platform/errors.ts'
import { addressBucket } from '../../platform/http/client-address.ts'
import { readBytes } from '../../platform/http/form.ts'
import { parseOrRefuse } from '../../platform/parse.ts'
import { routesOf } from '../routes-of.ts'
import type { SignatureCheck } from './github-keys.ts'
import { jsonOf } from './json-body.ts'
import type { LeakReportDoor } from './report.ts'
import { actOf } from './report.ts'

/** What the receiver needs. */
export interface GitHubReceiver extends LeakReportDoor {
  readonly isSigned: SignatureCheck
}

// Some three thousand findings; a message may have many.
const maxBodyBytes = 1024 * 1024

// Each finding is read by itself: one that is not understood must not hide the others.
const message = z.array(z.unknown()).max(5000)
const finding = z.object({
  token: z.string().max(10_000),
  type: z.string().max(200),
  url: z.string().max(4000).nullish().catch(undefined),
  source: z.string().max(200).nullish().catch(undefined),
})

type Finding = z.output<typeof finding>

/**
 * Takes signed messages, and answers with a label for each finding that is understood. Something that goes wrong with one
 * of them keeps no other from being looked at; then the answer is an error, and the same message may be sent again: a key
 * that was reported before is simply reported once more.
 */
export function createGitHubReceiver(receiver: GitHubReceiver): Middleware {
  const router = new Router()
  router.post('leaks_github', '/leaks/github', async (ctx) => {
    const findings = readFindings(jsonOf(await readSigned(receiver, ctx)))
    const labels: unknown[] = []
    const failures: unknown[] = []
    // One after the other: a large message must not take every connection to the database.
    for (const found of findings) {
      try {
        labels.push(await labelOf(receiver, found, actOf(ctx, receiver.now())))
      } catch (error) {
        // Then nothing can be said of the others either.
        if (isDatabaseUnavailable(error)) throw error
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
    ctx.body = labels
  })
  return routesOf(router, '/leaks/')
}

/** Those that are understood; a message without any is none. */
function readFindings(value: unknown): readonly Finding[] {
  const given = parseOrRefuse(message, value, 'invalid_request')
  const findings = given.flatMap((one) => finding.safeParse(one).data ?? [])
  if (findings.length === 0 && given.length > 0) {
    throw new Refusal('invalid_request', 'The message holds no finding that is understood.')
  }
  return findings
}

async function labelOf(
  { reportLeak }: Pick<GitHubReceiver, 'reportLeak'>,
  { token, type, url, source }: Finding,
  act: Act,
): Promise<unknown> {
  const report = {
    text: token.trim(),
    reporter: storable(`github ${source ?? ''}`.trim()),
    ...(url && { url: storable(url) }),
  }
  const { outcome } = await reportLeak(report, act)
  return {
    token_hash: sha256(token).toString('hex'),
    token_type: type,
    label: outcome === 'known' ? 'true_positive' : 'false_positive',
  }
}

/** What is only told along is no reason to do nothing about the key. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '')
}

/** The body, if its signature is right. Only what is not signed is counted. */
async function readSigned({ db, isSigned }: GitHubReceiver, ctx: Context): Promise<Buffer> {
  const bucket = {
    budget: budgets.leak_receiver_address,
    key: addressBucket(String(ctx.state['address'])),
  }
  const taken = await take(db, bucket)
  if (!taken.allowed) {
    throw new Refusal('rate_limited', 'Too many messages without a valid signature.', {
      retryAfterSeconds: taken.retryAfterSeconds,
    })
  }
  const bytes = await readBytes(ctx, maxBodyBytes)
  const signature = {
    keyId: ctx.get('github-public-key-identifier'),
    value: ctx.get('github-public-key-signature'),
  }
  if (!(await isSigned(bytes, signature))) {
    throw new Refusal('unauthenticated', 'The signature of the message is not valid.')
  }
  await refund(db, bucket)
  return bytes
}
