import { accountEditPages } from './account-edit.ts'
import { accountLifecyclePages } from './account-lifecycle.ts'
import { accountShowPages } from './account-page.ts'
import { accountPermissionPages } from './account-permissions.ts'
import { accountListPages } from './accounts.ts'
import { auditPages } from './audit.ts'
import { healthPages } from './health.ts'
import { clientPages } from './clients.ts'
import { incidentPages } from './incident.ts'
import { invitationPages } from './invitations.ts'
import { overviewPages } from './overview.ts'
import type { ConsoleRoute } from './route.ts'
import { sessionPages } from './sessions.ts'
import { signingKeyPages } from './signing-keys.ts'

/** Every page of the console. The router and the test of who may open what are made from this list. */
export const consolePages: readonly ConsoleRoute[] = [
  ...overviewPages,
  ...signingKeyPages,
  ...clientPages,
  ...auditPages,
  ...healthPages,
  ...incidentPages,
  ...accountListPages,
  ...sessionPages,
  ...accountEditPages,
  ...accountShowPages,
  ...accountLifecyclePages,
  ...accountPermissionPages,
  ...invitationPages,
]
