import { accountEditPages } from './account-edit.ts'
import { accountFactorPages } from './account-factors.ts'
import { accountLifecyclePages } from './account-lifecycle.ts'
import { accountShowPages } from './account-page.ts'
import { accountListPages } from './accounts.ts'
import { auditPages } from './audit.ts'
import { healthPages } from './health.ts'
import { apiPages } from './apis.ts'
import { clientPages } from './clients.ts'
import { explainPages } from './explain.ts'
import { hygienePages } from './hygiene.ts'
import { incidentPages } from './incident.ts'
import { invitationPages } from './invitations.ts'
import { keyChangePages } from './key-changes.ts'
import { keyIssuePages } from './key-issue.ts'
import { keyLifecyclePages } from './key-lifecycle.ts'
import { keyPages } from './keys.ts'
import { overviewPages } from './overview.ts'
import { accountPermissionPages } from './owner-permissions.ts'
import type { ConsoleRoute } from './route.ts'
import { sessionPages } from './sessions.ts'
import { roleEditPages } from './role-edit.ts'
import { roleMemberPages } from './role-members.ts'
import { rolePages } from './roles.ts'
import { settingsPages } from './settings.ts'
import { signingKeyPages } from './signing-keys.ts'

/** Every page of the console. The router and the test of who may open what are made from this list. */
export const consolePages: readonly ConsoleRoute[] = [
  ...overviewPages,
  ...signingKeyPages,
  // `/keys/new` comes before `/keys/:id`.
  ...keyIssuePages,
  ...keyPages,
  ...keyChangePages,
  ...keyLifecyclePages,
  ...hygienePages,
  ...explainPages,
  ...clientPages,
  ...apiPages,
  ...auditPages,
  ...settingsPages,
  ...healthPages,
  ...incidentPages,
  ...accountListPages,
  ...sessionPages,
  ...rolePages,
  ...roleEditPages,
  ...roleMemberPages,
  ...accountEditPages,
  ...accountShowPages,
  ...accountLifecyclePages,
  ...accountFactorPages,
  ...accountPermissionPages,
  ...invitationPages,
]
