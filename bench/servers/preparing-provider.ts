import { Provider } from 'oidc-provider'
import { createAdapterFactory } from '../../src/oidc/adapter.ts'
import { clientMetadata, extraClientMembers } from '../../src/oidc/client-metadata.ts'
import { findClient } from '../../src/domain/clients/client.ts'
import { createSeal } from '../../src/platform/crypto/seal.ts'
import { openDatabase } from '../../src/platform/db/open.ts'
import { createSigningKey } from './signing-key.ts'

/** The library on our adapter, to make codes and tokens with; it serves no request. */
export function createPreparingProvider(issuer: string, databaseUrl: string) {
  const db = openDatabase({
    url: databaseUrl,
    maxConnections: 2,
    applicationName: 'latchkey bench',
    onConnectionError: () => {},
  })
  const adapter = createAdapterFactory({
    db,
    now: () => new Date(),
    seal: createSeal([{ id: 'bench', key: Buffer.alloc(32, 1) }]),
    sessionLifetimeSeconds: () => 3600,
    announce: () => {},
    findClientMetadata: async (id) => {
      const client = await findClient(db, id)
      return client === undefined ? undefined : clientMetadata(client)
    },
    isAccountActive: async () => true,
    refreshGraceSeconds: async () => 0,
  })
  const provider = new Provider(issuer, {
    adapter,
    jwks: { keys: [createSigningKey()] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    extraClientMetadata: { properties: [...extraClientMembers] },
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    ttl: { AuthorizationCode: 60, RefreshToken: 3600, Grant: 3600 },
    features: { devInteractions: { enabled: false } },
  })
  return { provider, close: () => db.destroy() }
}
