import { waitingMails } from '../domain/mail/waiting.ts'
import { waitingLogouts } from '../oidc/logout-deliveries.ts'
import type { Keyring } from '../oidc/keyring.ts'
import { poolUsage } from '../platform/db/open.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Floor } from './floor.ts'

/** Lets the numbers be looked at that nobody counts: they are read when somebody collects them. */
export function watchFloor(
  metrics: Metrics,
  { floor, keyring }: { readonly floor: Floor; readonly keyring: Keyring },
): void {
  metrics.watchChanges(floor.changes.isTrusted)
  metrics.watchPool(() => poolUsage(floor.db))
  metrics.watchDroppedUses(floor.usage.droppedUses)
  metrics.watchQueues(async () => {
    const [mails, logouts] = [await waitingMails(floor.db), await waitingLogouts(floor.db)]
    return { mails: mails.waiting, logouts: logouts.waiting }
  })
  metrics.watchSigningKeys(() => {
    const now = floor.now().getTime()
    return Object.fromEntries(
      [...keyring.serving().signingSince].map(([purpose, since]) => [
        purpose,
        (now - since.getTime()) / 1000,
      ]),
    )
  })
}
