import type { ServerConfig } from '../config.ts'
import { prepareDemo } from '../demo.ts'
import { createSetupLink } from '../domain/accounts/first-administrator.ts'
import { createPeppers } from '../domain/api-keys/secret.ts'
import { systemAct } from '../domain/audit/act.ts'
import { randomSecret } from '../platform/crypto/random.ts'
import { openDatabase } from '../platform/db/open.ts'
import { welcomeText } from './welcome.ts'

const setupLinkMilliseconds = 24 * 3600 * 1000

/** Prepares what the trying mode greets with, and returns the greeting. Each start makes another setup link. */
export async function prepareGreeting(config: ServerConfig, now: Date): Promise<string> {
  const db = openDatabase({
    url: config.databaseUrl,
    maxConnections: 1,
    applicationName: 'latchkey start',
    onConnectionError: () => {},
  })
  try {
    const act = systemAct(now)
    const making = { peppers: createPeppers(config.keyPeppers), prefix: config.keyPrefix }
    const demo = await prepareDemo(db, { dataDirectory: config.dataDirectory, making }, act)
    const token = randomSecret()
    const link = await createSetupLink(
      db,
      { token, expiresAt: new Date(now.getTime() + setupLinkMilliseconds) },
      act,
    )
    const setup = link && { url: `${config.issuer}/setup/${token}`, expiresAt: link.expiresAt }
    return welcomeText({ config, demo, setup })
  } finally {
    await db.destroy()
  }
}
