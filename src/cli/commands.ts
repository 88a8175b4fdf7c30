import { accountImportCommands } from './account-import.ts'
import { accountLifecycleCommands } from './account-lifecycle.ts'
import { accountCommands } from './accounts.ts'
import { apiKeyLifecycleCommands } from './api-key-lifecycle.ts'
import { apiKeyReportCommands } from './api-key-reports.ts'
import { apiKeyCommands } from './api-keys.ts'
import { apiPartCommands } from './api-parts.ts'
import { apiCommands } from './apis.ts'
import { apiKeyProposalCommands } from './api-key-proposals.ts'
import { auditCommands } from './audit.ts'
import { clientLifecycleCommands } from './client-lifecycle.ts'
import { clientSecretCommands } from './client-secrets.ts'
import { clientCommands } from './clients.ts'
import type { Command } from './command.ts'
import { completionCommand } from './completion.ts'
import { declaredCommands } from './declared.ts'
import { doctorCommands } from './doctor.ts'
import { explainCommands } from './explain.ts'
import { incidentCommands } from './incidents.ts'
import { invitationCommands } from './invitations.ts'
import { keyCommands } from './keys.ts'
import { migrateCommands } from './migrate.ts'
import { operationCommands } from './operations.ts'
import { passwordCommands } from './passwords.ts'
import { permissionCommands } from './permissions.ts'
import { roleCommands } from './roles.ts'
import { secondFactorCommands } from './second-factors.ts'
import { sessionCommands } from './sessions.ts'
import { settingCommands } from './settings.ts'

const aboutTheInstallation: readonly Command[] = [
  ...accountCommands,
  ...accountImportCommands,
  ...passwordCommands,
  ...accountLifecycleCommands,
  ...secondFactorCommands,
  ...invitationCommands,
  ...clientCommands,
  ...clientLifecycleCommands,
  ...clientSecretCommands,
  ...apiCommands,
  ...apiPartCommands,
  ...permissionCommands,
  ...roleCommands,
  ...apiKeyCommands,
  ...apiKeyLifecycleCommands,
  ...apiKeyReportCommands,
  ...apiKeyProposalCommands,
  ...explainCommands,
  ...sessionCommands,
  ...incidentCommands,
  ...keyCommands,
  ...auditCommands,
  ...migrateCommands,
  ...operationCommands,
  ...settingCommands,
  ...declaredCommands,
  ...doctorCommands,
]

/** Every command there is, in the order of the help. */
export const commands: readonly Command[] = [...aboutTheInstallation, completionCommand(aboutTheInstallation)]
