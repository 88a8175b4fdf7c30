/** The pages of a server. */
import type { Metrics } from '../platform/metrics.ts'
import type { Floor } from './floor.ts'
import type { Middleware } from 'koa'
import type { ServerConfig } from '../config.ts'
import { authenticate } from '../domain/accounts/authenticate.ts'
import type { Keyring } from '../oidc/keyring.ts'
import { randomId } from '../platform/crypto/random.ts'
import { createAccessMetadata } from '../web/access/metadata.ts'
import { serveAssets } from '../web/assets.ts'
import { createEndedSessions } from '../web/ended-sessions.ts'
import { createHomeDoor } from '../web/home.ts'
import { createOnwardPages } from '../web/onward.ts'
import { passkeysOf } from './passkeys.ts'
import { mailedLinkDoors, mailedWaysOf } from './mailed-links.ts'
import { signInParts } from './sign-in-parts.ts'
import type { Pages } from '../web/pages.ts'
import { rememberDevicesOfSignIns } from '../web/device-cookie.ts'
import { createSetupDoor } from '../web/setup.ts'
import { createSignInGuard } from '../web/sign-in/guard.ts'
import { createSignInDoor } from '../web/sign-in/routes.ts'

/** What the pages need beside the floor. */
export interface PageParts {
  readonly pages: Pages
  readonly keyring: Keyring
  readonly metrics: Pick<Metrics, 'countSignIn'>
}

/** The pages' steps of the stack. */
export function pageDoors(
  config: ServerConfig,
  floor: Floor,
  { pages, keyring, metrics }: PageParts,
): Middleware[] {
  const { db, hasher } = floor
  const parts = signInParts(config, floor)
  return [
    serveAssets(pages.brand),
    parts.logos.serve,
    createHomeDoor(pages, config.issuer),
    createAccessMetadata(config.issuer),
    createSetupDoor({
      ...floor,
      pages,
      newId: randomId,
    }),
    ...mailedLinkDoors(config, floor, { pages, keyring }),
    createSignInDoor({
      ...floor,
      ...parts,
      pages,
      provider: () => keyring.serving().provider,
      authenticate: async (attempt, act) => {
        const authentication = await authenticate({ db, hasher }, attempt, act)
        metrics.countSignIn(authentication.outcome)
        floor.activity.count({ kind: 'sign_in', subject: '', outcome: authentication.outcome })
        return authentication
      },
      guard: createSignInGuard(db),
      isTooBusy: hasher.isFull,
      ways: () => mailedWaysOf(config, floor.settings.current()),
      secondFactorPolicy: () => floor.settings.current().secondFactor,
      announce: floor.announcements.announce,
      passkeys: passkeysOf(config, floor, metrics),
    }),
    // Around the protocol, which comes after the pages.
    createOnwardPages(pages),
    createEndedSessions(pages),
    parts.browserAccounts.rememberSignIns,
    rememberDevicesOfSignIns({
      ...floor,
      onError: (error) => floor.log.error({ err: error }, 'a device could not be remembered'),
    }),
  ]
}
