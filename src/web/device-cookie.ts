import type { Context, Middleware } from 'koa'
import type { Act } from '../domain/audit/act.ts'
import { rememberDevice, replaceDeviceToken } from '../domain/devices/devices.ts'
import { randomId, randomSecret } from '../platform/crypto/random.ts'
import type { Database } from '../platform/db/open.ts'
import { whoFinishedSigningIn } from './finished-sign-in.ts'

// Browsers keep no cookie longer than 400 days; the row behind it ends after a year without use.
const keptForMilliseconds = 400 * 86_400_000

/** The token of this browser, if it has one. */
export function readDeviceToken(ctx: Context): string | undefined {
  const token = ctx.cookies.get(nameOf(ctx.secure), { signed: false })
  // 256 bits as base64url; anything else did not come from here.
  return token !== undefined && /^[\w-]{43}$/.test(token) ? token : undefined
}

/** Gives the browser its token, or prolongs the one it has. It is no session: it opens nothing. */
function writeDeviceToken(ctx: Context, token: string): void {
  const { secure } = ctx
  ctx.cookies.set(nameOf(secure), token, {
    signed: false,
    overwrite: true,
    httpOnly: true,
    sameSite: 'lax',
    secure,
    path: '/',
    maxAge: keptForMilliseconds,
  })
}

/**
 * Remembers this browser as one of the account's, with its cookie, once a sign-in is finished. A token that is to stand for a
 * second factor is a new one: whoever sat at this browser before may have the one it had.
 */
export async function rememberBrowser(
  db: Database,
  { ctx, accountId, trustUntil }: { ctx: Context; accountId: string; trustUntil?: Date | undefined },
  act: Act,
): Promise<void> {
  const before = readDeviceToken(ctx)
  const token = before === undefined || trustUntil !== undefined ? randomSecret() : before
  if (before !== undefined && before !== token) await replaceDeviceToken(db, { before, token })
  writeDeviceToken(ctx, token)
  const { userAgent } = act
  await rememberDevice(db, { token, accountId, id: randomId('dev'), trustUntil, userAgent }, act)
}

/** What remembering the devices of sign-ins needs. */
export interface DeviceMemory {
  readonly db: Database
  readonly now: () => Date
  readonly onError: (error: unknown) => void
}

/** Around the protocol: remembers the browser of every finished sign-in, however it was made. */
export function rememberDevicesOfSignIns({ db, now, onError }: DeviceMemory): Middleware {
  return async (ctx, next) => {
    await next()
    const accountId = whoFinishedSigningIn(ctx)
    if (accountId === undefined) return
    const act: Act = {
      actor: { type: 'account', id: accountId },
      now: now(),
      requestId: ctx.state['requestId'],
      address: ctx.state['address'],
      userAgent: ctx.get('user-agent') || undefined,
    }
    // The sign-in is made; a device that could not be written down does not take it back.
    await rememberBrowser(db, { ctx, accountId }, act).catch(onError)
  }
}

/** `__Host-` keeps neighbours under the same domain from planting one; plain http cannot have it. */
function nameOf(secure: boolean): string {
  return secure ? '__Host-device' : 'device'
}
