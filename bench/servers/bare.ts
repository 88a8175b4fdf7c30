/** The floor under the protocol: oidc-provider alone, with its memory adapter and as little configuration as possible. */
import { Provider } from 'oidc-provider'
import type { Configuration } from 'oidc-provider'
import { apiScopes, redirectUri } from '../fixtures.ts'
import type { Credentials, Fixtures } from '../fixtures.ts'
import { prepare } from './prepare.ts'
import { answerCalls, listen } from './protocol.ts'
import { createSigningKey } from './signing-key.ts'

let provider: Provider
let fixtures: Fixtures

answerCalls({
  start: async (setup) => {
    ;({ fixtures } = setup)
    const { listener, origin } = await listen()
    provider = new Provider(origin, configuration(fixtures))
    const handle = provider.callback()
    listener.on('request', (request, response) => void handle(request, response))
    return { origin }
  },
  prepare: (preparation) => prepare(provider, fixtures, preparation),
})

function configuration({ service, app, caller, jwtApi }: Fixtures): Configuration {
  return {
    clients: [
      client(service, { grant_types: ['client_credentials'] }),
      client(caller, { grant_types: [] }),
      client(app, {
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [redirectUri],
      }),
    ],
    jwks: { keys: [createSigningKey()] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    cookies: { keys: ['bench'] },
    findAccount: async (_ctx, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, name: 'Ana Example' }),
    }),
    claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
    conformIdTokenClaims: false,
    pkce: { required: () => false },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: async () => true,
        getResourceServerInfo: async (_ctx, identifier) => ({
          audience: identifier,
          scope: apiScopes.join(' '),
          accessTokenTTL: 3600,
          accessTokenFormat: identifier === jwtApi ? 'jwt' : 'opaque',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  }
}

function client({ id, secret }: Credentials, metadata: Record<string, unknown>) {
  return {
    client_id: id,
    client_secret: secret,
    redirect_uris: [],
    response_types: [],
    ...metadata,
  }
}
