/**
 * Which accounts signed in in this browser, so that they can be offered to choose from. The browser keeps a value that says
 * nothing; the list is here. Being on it opens nothing: whoever chooses another account than the one that is signed in proves
 * to be it like anybody else.
 */
import type { Context, Middleware } from 'koa'
import {
  browserAccountIds,
  browserAccountSeconds,
  forgetBrowserAccount,
  rememberBrowserAccount,
} from '../domain/accounts/browser-accounts.ts'
import type { Account } from '../domain/accounts/account.ts'
import type { Directory } from '../domain/credentials/directory.ts'
import { randomSecret } from '../platform/crypto/random.ts'
import type { Database } from '../platform/db/open.ts'
import { whoFinishedSigningIn } from './finished-sign-in.ts'

/** What the list needs. */
export interface BrowserAccountParts {
  readonly db: Database
  readonly directory: Pick<Directory, 'account'>
  readonly now: () => Date
  /** Whether the server is reached by https. */
  readonly secure: boolean
  readonly onError: (error: unknown) => void
}

/** The accounts of the browser that sent a request. */
export interface BrowserAccounts {
  /** The living ones, the last to sign in first. */
  readonly list: (ctx: Context) => Promise<readonly Account[]>
  readonly forget: (ctx: Context, accountId: string) => Promise<void>
  /** Around the protocol: remembers whoever finishes a sign-in, the second factor included. */
  readonly rememberSignIns: Middleware
}

/** Opens the list. */
export function createBrowserAccounts(parts: BrowserAccountParts): BrowserAccounts {
  const { db, directory, now, secure } = parts
  const cookie = secure ? '__Host-accounts' : 'accounts'
  const tokenOf = (ctx: Context): string | undefined => {
    const value = ctx.cookies.get(cookie, { signed: false })
    return value !== undefined && /^[\w-]{20,100}$/.test(value) ? value : undefined
  }
  const list = async (ctx: Context): Promise<readonly Account[]> => {
    const token = tokenOf(ctx)
    const ids = token === undefined ? [] : await browserAccountIds(db, token, now())
    const found = await Promise.all(ids.map((id) => directory.account(id)))
    return found.filter((account) => account !== undefined)
  }
  const remember = async (ctx: Context, accountId: string): Promise<void> => {
    const known = tokenOf(ctx)
    // A value that stands for nothing here may be anybody's: the browser gets one of its own.
    const isOurs = known !== undefined && (await browserAccountIds(db, known, now())).length > 0
    const token = isOurs ? known : randomSecret()
    await rememberBrowserAccount(db, { token, accountId }, now())
    ctx.cookies.set(cookie, token, {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure,
      signed: false,
      overwrite: true,
      maxAge: browserAccountSeconds * 1000,
    })
  }
  return {
    list,
    forget: async (ctx, accountId) => {
      const token = tokenOf(ctx)
      if (token !== undefined) await forgetBrowserAccount(db, { token, accountId })
    },
    rememberSignIns: async (ctx, next) => {
      await next()
      const accountId = whoFinishedSigningIn(ctx)
      // The answer is made; a list that could not be written does not take it back.
      if (accountId !== undefined) await remember(ctx, accountId).catch(parts.onError)
    },
  }
}
