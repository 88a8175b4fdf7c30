/** What is measured: the whole server as `src/server.ts` composes it, its log written to standard output as always. */
import { Provider } from 'oidc-provider'
import { readConfig } from '../../src/config.ts'
import { createAdapterFactory } from '../../src/oidc/adapter.ts'
import { clientMetadata, extraClientMembers } from '../../src/oidc/client-metadata.ts'
import { findClient } from '../../src/domain/clients/client.ts'
import { openDatabase } from '../../src/platform/db/open.ts'
import { createLog } from '../../src/platform/log.ts'
import { buildServer } from '../../src/server.ts'
import { sealingKeys } from '../sealing-keys.ts'
import { countStatements } from '../statement-counter.ts'
import type { StatementCount } from '../statement-counter.ts'
import type { Fixtures } from '../fixtures.ts'
import { prepare } from './prepare.ts'
import { answerCalls, listen } from './protocol.ts'
import { createSigningKey } from './signing-key.ts'

let preparing: { readonly provider: Provider; readonly fixtures: Fixtures } | undefined
let count: StatementCount | undefined

answerCalls({
  start: async ({ databaseUrl, fixtures }) => {
    const { listener, origin } = await listen()
    const config = { ...readConfig({ ISSUER: origin, SEALING_KEYS: sealingKeys }), databaseUrl }
    const server = await buildServer(config, { now: () => new Date(), log: createLog(config.logLevel) })
    listener.on('request', server.handler)
    preparing = { fixtures, provider: preparingProvider(origin, databaseUrl) }
    return { origin }
  },
  prepare: async (preparation) => {
    if (preparing === undefined) throw new Error('the server was not started')
    return prepare(preparing.provider, preparing.fixtures, preparation)
  },
  beginCount: async () => {
    count = countStatements()
    return undefined
  },
  endCount: async () => {
    count?.stop()
    return count?.statements ?? []
  },
})

/** The library on our adapter, to make codes and tokens with; it serves no request. */
function preparingProvider(issuer: string, databaseUrl: string): Provider {
  const db = openDatabase({
    url: databaseUrl,
    maxConnections: 2,
    applicationName: 'latchkey bench',
    onConnectionError: () => {},
  })
  const adapter = createAdapterFactory({
    db,
    now: () => new Date(),
    findClientMetadata: async (id) => {
      const client = await findClient(db, id)
      return client === undefined ? undefined : clientMetadata(client)
    },
    isAccountActive: async () => true,
    refreshGraceSeconds: async () => 0,
  })
  return new Provider(issuer, {
    adapter,
    jwks: { keys: [createSigningKey()] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    extraClientMetadata: { properties: [...extraClientMembers] },
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    features: { devInteractions: { enabled: false } },
  })
}
