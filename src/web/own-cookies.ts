import type { Context } from 'koa'
import type { OwnDoor } from '../domain/web-sessions/web-sessions.ts'

/** The cookies of one of our own pages: its session, and the browser's secret while somebody signs in. */
export interface OwnCookies {
  readonly session: CookieSlot
  readonly browser: CookieSlot
}

/** One cookie. Nothing but a value that we made is read from it. */
export interface CookieSlot {
  readonly read: (ctx: Context) => string | undefined
  readonly write: (ctx: Context, value: string) => void
  readonly clear: (ctx: Context) => void
}

/** The cookies of a door; with https they are bound to this host by their names (ASVS 3.3.1, 3.3.3). */
export function ownCookies(door: OwnDoor, issuer: string): OwnCookies {
  const secure = issuer.startsWith('https:')
  const prefix = secure ? '__Host-' : ''
  return {
    session: slot(`${prefix}${door}`, secure),
    browser: slot(`${prefix}${door}-sign-in`, secure),
  }
}

function slot(name: string, secure: boolean): CookieSlot {
  // Not signed: the values are random and looked up by their hash, so a signature would tell nothing more.
  const options = {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure,
    signed: false,
    overwrite: true,
  } as const
  return {
    read: (ctx) => {
      const value = ctx.cookies.get(name, { signed: false })
      return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined
    },
    write: (ctx, value) => void ctx.cookies.set(name, value, options),
    clear: (ctx) => void ctx.cookies.set(name, null, options),
  }
}
