import type { Context } from 'koa'

/**
 * The sign-in that a browser was in when it asked for a mail, so that the page behind the link can lead back to it. The
 * cookie names it and proves nothing: the sign-in has a cookie of its own.
 */
export function rememberSignIn(ctx: Context, uid: string): void {
  ctx.cookies.set(nameOf(ctx), uid, {
    signed: false,
    overwrite: true,
    httpOnly: true,
    sameSite: 'lax',
    secure: ctx.secure,
    path: '/',
    maxAge: 3600 * 1000,
  })
}

/** Where to go on after a mailed link: to that sign-in, or to the person's own page, which asks for one. */
export function continueUrl(ctx: Context): string {
  const uid = ctx.cookies.get(nameOf(ctx), { signed: false })
  return uid !== undefined && /^[\w-]{10,64}$/.test(uid) ? `/sign-in/${uid}` : '/account'
}

function nameOf(ctx: Context): string {
  return ctx.secure ? '__Host-resume' : 'resume'
}
