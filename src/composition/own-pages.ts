/** Our own pages: their sessions, and the doors behind them. */
import type { RequestListener } from 'node:http'
import type { Middleware } from 'koa'
import type { PolicySettings, ServerConfig } from '../config.ts'
import { accountClient, consoleClient } from '../domain/clients/own-clients.ts'
import type { SessionLifetimes } from '../domain/web-sessions/web-sessions.ts'
import { enrolledFactors } from '../domain/second-factors/second-factors.ts'
import { createAccountDoor } from '../web/account/routes.ts'
import { createOwnClient } from '../web/own-client.ts'
import { createOwnSessions } from '../web/own-session.ts'
import type { OwnSessions } from '../web/own-session.ts'
import type { Pages } from '../web/pages.ts'
import type { Floor } from './floor.ts'
import type { Metrics } from '../platform/metrics.ts'
import { passkeysOf } from './passkeys.ts'

/** What the sessions of our own pages need beside the floor. */
export interface OwnPageParts {
  readonly pages: Pages
  /** The server's own listener, which the pages' client speaks to. */
  readonly dispatch: RequestListener
}

/** The sessions of the person's own page and of the console; one is worth nothing at the other. */
export interface OwnPageSessions {
  readonly account: OwnSessions
  readonly console: OwnSessions
}

/** Prepares the sessions of our own pages. */
export function ownPageSessions(
  config: ServerConfig,
  floor: Floor,
  { pages, dispatch }: OwnPageParts,
): OwnPageSessions {
  const { issuer } = config
  const shared = {
    ...floor,
    pages,
    issuer,
    lifetimes: () => sessionLifetimesOf(floor.settings.current()),
    hasSecondFactor: async (accountId: string) => {
      const { totp, passkeys } = await enrolledFactors(floor.db, accountId)
      return totp || passkeys > 0
    },
  }
  return {
    account: createOwnSessions({
      ...shared,
      door: 'account',
      prefix: '/account',
      client: createOwnClient({ issuer, client: accountClient(issuer), dispatch }),
    }),
    console: createOwnSessions({
      ...shared,
      door: 'console',
      prefix: '/admin',
      client: createOwnClient({ issuer, client: consoleClient(issuer), dispatch }),
    }),
  }
}

/** How long sessions live, here and at the provider. */
export function sessionLifetimesOf({
  sessionIdleSeconds,
  sessionLifetimeSeconds,
}: PolicySettings): SessionLifetimes {
  return { idleSeconds: sessionIdleSeconds, lifetimeSeconds: sessionLifetimeSeconds }
}

/** What the person's own page needs beside the floor. */
export interface AccountPageParts {
  readonly pages: Pages
  readonly sessions: OwnSessions
  readonly metrics: Pick<Metrics, 'countSignIn'>
}

/** The person's own page: its session, and the door behind it. */
export function accountDoors(
  config: ServerConfig,
  floor: Floor,
  { pages, sessions, metrics }: AccountPageParts,
): readonly Middleware[] {
  const { issuer } = config
  const door = createAccountDoor({
    ...floor,
    issuer,
    pages,
    own: sessions,
    announce: floor.announcements.announce,
    passkeys: passkeysOf(config, floor, metrics),
    making: floor.keyMaking,
    mailing: { seal: floor.seal, issuer },
  })
  return [sessions.middleware, door]
}
