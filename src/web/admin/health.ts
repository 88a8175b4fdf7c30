import { currentOf, keyPurposes } from '../../domain/signing-keys/key.ts'
import { listKeys } from '../../domain/signing-keys/store.ts'
import { healthContent } from '../../../views/admin/health-page.ts'
import type { ConsoleRoute, Visit } from './route.ts'

async function showHealth({ db, now, frame, show, rooms }: Visit): Promise<void> {
  const [health, looked, keys] = await Promise.all([
    rooms.health.read(),
    rooms.health.findings(),
    listKeys(db),
  ])
  const current = keyPurposes.map((purpose) =>
    currentOf(
      keys.filter((key) => key.purpose === purpose),
      now,
    ),
  )
  const content = healthContent(frame, {
    ...health,
    now,
    looked,
    keys: current
      .filter((key) => key !== undefined)
      .map(({ purpose, activatesAt }) => ({ purpose, since: activatesAt })),
  })
  show({ title: frame.messages.consoleHealth.title, current: '/admin/health', content })
}

/** The page of health. */
export const healthPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/health', needs: 'settings:read', handle: showHealth },
]
