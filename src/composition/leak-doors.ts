/** The doors for whoever finds a leaked key. */
import type { Middleware } from 'koa'
import type { ServerConfig } from '../config.ts'
import { reportLeak } from '../domain/api-keys/leaks.ts'
import type { LeakPolicy } from '../domain/api-keys/leaks.ts'
import { createSignatureCheck } from '../web/leaks/github-keys.ts'
import { createGitHubReceiver } from '../web/leaks/github.ts'
import { createLeakReportDoor } from '../web/leaks/report.ts'
import type { LeakReportDoor } from '../web/leaks/report.ts'
import type { Floor } from './floor.ts'
import { outboundOf } from './outbound.ts'

/** What the doors need of the floor. */
export type LeakFloor = Pick<Floor, 'db' | 'now' | 'log' | 'announcements' | 'keyMaking' | 'settings'>

/** The door for everybody, and the receiver for GitHub if it is told where the keys are. */
export function leakDoors(config: ServerConfig, floor: LeakFloor): Middleware[] {
  const { db, now, announcements } = floor
  const policy = (): LeakPolicy => {
    const { leakedKeyPolicy, leakedKeyGraceSeconds: graceSeconds } = floor.settings.current()
    return { making: floor.keyMaking, policy: leakedKeyPolicy, graceSeconds }
  }
  const door: LeakReportDoor = {
    db,
    now,
    reportLeak: async (report, act) => {
      const outcome = await reportLeak(db, policy(), report, act)
      if (outcome.outcome === 'known') announcements.announce({ kind: 'api_key', id: outcome.keyId })
      return outcome
    },
  }
  const { githubSecretScanningKeysUrl: url } = config
  if (url === undefined) return [createLeakReportDoor(door)]
  const outbound = outboundOf(config, floor, { timeoutMilliseconds: 5000, maxResponseBytes: 128 * 1024 })
  const isSigned = createSignatureCheck({ url, now, fetch: (keys) => outbound.fetch(keys) })
  return [createLeakReportDoor(door), createGitHubReceiver({ ...door, isSigned })]
}
