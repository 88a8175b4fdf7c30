/**
 * The receiver of GitHub's secret-scanning partner messages: `POST /leaks/github`. GitHub signs what it sends and may be
 * told which of the reported strings were keys; nobody else is answered anything but a refusal.
 */
import { Router } from '@koa/router'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { budgets } from '../../domain/limits/budgets.ts'
import { refund, take } from '../../domain/limits/take.ts'
import { sha256 } from '../../platform/crypto/digest.ts'
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

const message = z
  .array(
    z.object({
      token: z.string().max(10_000),
      type: z.string().max(200),
      url: z.string().max(4000).nullish(),
      source: z.string().max(200).nullish(),
    }),
  )
  .max(5000)

/** Takes signed messages, and answers with a label for each finding. */
export function createGitHubReceiver(receiver: GitHubReceiver): Middleware {
  const router = new Router()
  router.post('leaks_github', '/leaks/github', async (ctx) => {
    const findings = parseOrRefuse(message, jsonOf(await readSigned(receiver, ctx)), 'invalid_request')
    const labels: unknown[] = []
    // One after the other: a large message must not take every connection to the database.
    for (const { token, type, url, source } of findings) {
      const report = { text: token.trim(), reporter: `github ${source ?? ''}`.trim(), ...(url && { url }) }
      const { outcome } = await receiver.reportLeak(report, actOf(ctx, receiver.now()))
      labels.push({
        token_hash: sha256(token).toString('hex'),
        token_type: type,
        label: outcome === 'known' ? 'true_positive' : 'false_positive',
      })
    }
    ctx.body = labels
  })
  return routesOf(router, '/leaks/')
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
