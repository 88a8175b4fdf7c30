/** Every route of the management API. What is not in this list is not served, not documented and not tested. */
import { accountFactorRoutes } from './account-factors.ts'
import { accountImportRoutes } from './account-import.ts'
import { accountLifecycleRoutes } from './account-lifecycle.ts'
import { accountRoutes } from './accounts.ts'
import { apiLifecycleRoutes } from './api-lifecycle.ts'
import { apiRoutes } from './apis.ts'
import { auditRoutes } from './audit.ts'
import { clientLifecycleRoutes } from './client-lifecycle.ts'
import { clientRoutes } from './clients.ts'
import { factRoutes } from './facts.ts'
import { incidentRoutes } from './incidents.ts'
import { invitationRoutes } from './invitations.ts'
import { keyLifecycleRoutes } from './key-lifecycle.ts'
import { keyReportRoutes } from './key-reports.ts'
import { keyRoutes } from './keys.ts'
import { permissionRoutes } from './permissions.ts'
import { roleMemberRoutes } from './role-members.ts'
import { roleRoutes } from './roles.ts'
import type { Route } from './route.ts'
import { sessionRoutes } from './sessions.ts'
import { settingRoutes } from './settings.ts'
import { signingKeyRoutes } from './signing-keys.ts'

/** The table of routes. */
export const apiRouteTable: readonly Route[] = [
  ...accountRoutes,
  ...accountLifecycleRoutes,
  ...accountFactorRoutes,
  ...accountImportRoutes,
  ...invitationRoutes,
  ...clientRoutes,
  ...clientLifecycleRoutes,
  ...apiRoutes,
  ...apiLifecycleRoutes,
  ...roleRoutes,
  ...roleMemberRoutes,
  ...permissionRoutes,
  ...keyRoutes,
  ...keyLifecycleRoutes,
  ...keyReportRoutes,
  ...sessionRoutes,
  ...incidentRoutes,
  ...signingKeyRoutes,
  ...auditRoutes,
  ...factRoutes,
  ...settingRoutes,
]
