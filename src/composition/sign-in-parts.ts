/** What the sign-in pages share with the steps around the protocol. */
import type { Floor } from './floor.ts'
import type { ServerConfig } from '../config.ts'
import { createBrowserAccounts } from '../web/browser-accounts.ts'
import type { BrowserAccounts } from '../web/browser-accounts.ts'
import { createClientLogos, mostLogoBytes } from '../web/client-logos.ts'
import type { ClientLogos } from '../web/client-logos.ts'
import { outboundOf } from './outbound.ts'

/** The parts. */
export interface SignInParts {
  readonly browserAccounts: BrowserAccounts
  readonly logos: ClientLogos
  readonly offlineSeconds: () => number
}

/** Opens the parts. */
export function signInParts(config: ServerConfig, { db, directory, now, log, settings }: Floor): SignInParts {
  const onError = (error: unknown) => log.error({ err: error }, 'work beside a page failed')
  // A person waits for the page: a logo that is slow is shown another time.
  const outbound = outboundOf(config, { log }, { timeoutMilliseconds: 2000, maxResponseBytes: mostLogoBytes })
  return {
    browserAccounts: createBrowserAccounts({
      db,
      directory,
      now,
      secure: config.issuer.startsWith('https:'),
      onError,
    }),
    logos: createClientLogos({ db, fetch: outbound.fetch, now, onError }),
    offlineSeconds: () => settings.current().refreshTokenLifetimeSeconds,
  }
}
