import { auditPages } from './audit.ts'
import { clientPages } from './clients.ts'
import { incidentPages } from './incident.ts'
import { overviewPages } from './overview.ts'
import type { ConsoleRoute } from './route.ts'
import { signingKeyPages } from './signing-keys.ts'

/** Every page of the console. The router and the test of who may open what are made from this list. */
export const consolePages: readonly ConsoleRoute[] = [
  ...overviewPages,
  ...signingKeyPages,
  ...clientPages,
  ...auditPages,
  ...incidentPages,
]
