import type { Context } from 'koa'
import { Refusal } from '../platform/errors.ts'

// What our own page sends back, and nothing else: this answers a file under our name with what somebody posted.
const shape = /^[0-9A-Z]{5}(?:-[0-9A-Z]{5}){4}(?: [0-9A-Z]{5}(?:-[0-9A-Z]{5}){4}){0,19}$/

/** Answers the recovery codes that a page has just shown as a text file to keep. Nothing of it is stored anywhere. */
export function sendRecoveryCodesFile(
  ctx: Context,
  given: { readonly codes: string | undefined; readonly heading: string; readonly explanation: string },
): void {
  const { codes = '', heading, explanation } = given
  if (!shape.test(codes)) throw new Refusal('invalid_request', 'These are no recovery codes.')
  const lines = [heading, '', ...codes.split(' '), '', explanation, '']
  ctx.status = 200
  ctx.type = 'text/plain; charset=utf-8'
  ctx.set('Cache-Control', 'no-store')
  ctx.set('Content-Disposition', 'attachment; filename="recovery-codes.txt"')
  ctx.body = lines.join('\r\n')
}
