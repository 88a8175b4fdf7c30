import type {
  Account,
  AdapterFactory,
  Configuration,
  ErrorOut,
  JWKS,
  KoaContextWithOIDC,
} from 'oidc-provider'
import type { Config, PolicySettings } from '../config.ts'
import type { Database } from '../platform/db/open.ts'
import { claimsByScope, providerAccount } from './account.ts'
import { withOAuthErrors } from './adapter-errors.ts'
import { mutualTls } from './client-certificates.ts'
import type { ReadClientCertificate } from '../platform/http/client-certificate.ts'
import { extraClientMembers } from './client-metadata.ts'
import { createGrantLoader } from './consent.ts'
import { deviceFlow } from './device-flow.ts'
import type { DevicePages } from './device-flow.ts'
import { isForDevice } from './device-prompt.ts'
import { createIntrospectionPolicy } from './introspection-policy.ts'
import type { Directory } from '../domain/credentials/directory.ts'
import { authenticationLevels } from '../domain/second-factors/levels.ts'
import { tokenClaims } from './token-claims.ts'
import { lifetimes } from './lifetimes.ts'
import { createPromptPolicy } from './prompts.ts'
import { stateOf, textParameter } from './request-state.ts'
import type { SecondFactorQuestions } from './second-factor.ts'
import { createResourceServerInfo, defaultResource } from './resources.ts'

/** The keys a provider is built with: replaced as a whole when they rotate. */
export interface ProviderKeys {
  readonly jwks: JWKS
  readonly cookieKeys: readonly string[]
  /** 32 bytes. */
  readonly dpopNonceSecret: Buffer
}

/** The pages that the library asks us to render. */
export interface ProviderPages extends DevicePages {
  readonly error: (ctx: KoaContextWithOIDC, error: ErrorOut, cause: Error) => void
  readonly signOut: (ctx: KoaContextWithOIDC, xsrf: string) => void
  readonly signedOut: (ctx: KoaContextWithOIDC) => void
}

/** What the configuration is made from. */
export interface ConfigurationParts {
  readonly config: Config
  /** What is in force now; asked each time, because it changes. */
  readonly policy: () => PolicySettings
  readonly db: Database
  readonly directory: Directory
  readonly adapter: AdapterFactory
  readonly pages: ProviderPages
  readonly now: () => Date
  readonly fetch: NonNullable<Configuration['fetch']>
  readonly secondFactors: SecondFactorQuestions
  readonly readCertificate: ReadClientCertificate
}

// ES256 first: discovery lists them in this order, and clients take the first they know.
const signingAlgs = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const
const clientAlgs = ['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA', 'Ed25519'] as const

/**
 * The library's configuration: everything it leaves open is said here, deny first. Its defaults that a production
 * server must not keep are listed in its notes; none of them is in force after this.
 */
export function createConfiguration(parts: ConfigurationParts, keys: ProviderKeys): Configuration {
  const { config, directory, policy } = parts
  return {
    adapter: parts.adapter,
    jwks: keys.jwks,
    fetch: parts.fetch,
    fetchResponseBodyLimits: { jwks_uri: 256 * 1024, sector_identifier_uri: 64 * 1024 },
    findAccount: withOAuthErrors(createFindAccount(directory)),
    loadExistingGrant: withOAuthErrors(createGrantLoader(parts.db)),
    acrValues: [...authenticationLevels],
    claims: claimsByScope(),
    scopes: ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'],
    extraTokenClaims: tokenClaims,
    cookies: cookies(config, keys),
    routes,
    ttl: lifetimes(policy, parts.now),
    interactions: {
      policy: createPromptPolicy(parts.secondFactors),
      url: (_ctx, interaction) => `/sign-in/${interaction.uid}`,
    },
    renderError: async (ctx, error, cause) => parts.pages.error(ctx, error, cause),
    ...clientSettings,
    ...refreshSettings,
    features: features(parts, keys),
  }
}

const routes = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  device_authorization: '/oauth/device',
  // Short, because people type it (RFC 8628 §3.3).
  code_verification: '/device',
  introspection: '/oauth/introspect',
  revocation: '/oauth/revoke',
  userinfo: '/oauth/userinfo',
  jwks: '/oauth/jwks',
  pushed_authorization_request: '/oauth/par',
  end_session: '/oauth/logout',
}

const clientSettings = {
  // Static clients would bypass the database and could not be managed.
  clients: [],
  clientAuthMethods: [
    'client_secret_basic',
    'client_secret_post',
    'private_key_jwt',
    'tls_client_auth',
    'none',
  ],
  clientDefaults: {
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    id_token_signed_response_alg: 'ES256',
  },
  extraClientMetadata: { properties: [...extraClientMembers] },
  clientBasedCORS: (_ctx, origin, client) => {
    const allowed = client['allowed_origins']
    return Array.isArray(allowed) && allowed.includes(origin)
  },
  // OAuth 2.1 §4.1: code only, exact redirect match, PKCE for everybody who was not exempted by an administrator.
  responseTypes: ['code'],
  allowOmittingSingleRegisteredRedirectUri: false,
  pkce: {
    required: (_ctx, client) => client.clientAuthMethod === 'none' || client['pkce_required'] !== false,
  },
  // Many clients read the ID Token and never call userinfo; the claims of granted scopes are in both.
  conformIdTokenClaims: false,
  enabledJWA: {
    idTokenSigningAlgValues: [...signingAlgs],
    clientAuthSigningAlgValues: [...clientAlgs],
    dPoPSigningAlgValues: [...clientAlgs],
    userinfoSigningAlgValues: [...signingAlgs],
    introspectionSigningAlgValues: [...signingAlgs],
    authorizationSigningAlgValues: [...signingAlgs],
    requestObjectSigningAlgValues: [...clientAlgs],
  },
} as const satisfies Configuration

const refreshSettings: Configuration = {
  // RFC 9700 §4.14: rotation for everybody whose refresh token is not bound to a key.
  rotateRefreshToken: ({ oidc }) => oidc.entities.RefreshToken?.isSenderConstrained() !== true,
  // Registered for the grant is enough: apps rarely know that `offline_access` is dropped without `prompt=consent`.
  issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
  // Without `offline_access` access ends with the browser session. A device is elsewhere, and has none.
  expiresWithSession: async (ctx, source) => !isForDevice(ctx) && !source.scopes.has('offline_access'),
  // Ending one access token leaves its grant; presenting something twice, or revoking a refresh token, ends all of it.
  revokeGrantPolicy: ({ oidc }) =>
    !(isRoute(oidc.route, 'revocation') && oidc.entities.AccessToken !== undefined),
}

function features(
  { config, directory, pages, readCertificate }: ConfigurationParts,
  keys: ProviderKeys,
): Configuration['features'] {
  return {
    // The library's own pages accept any login with any password.
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    claimsParameter: { enabled: true },
    deviceFlow: deviceFlow(pages),
    introspection: { enabled: true, allowedPolicy: withOAuthErrors(createIntrospectionPolicy(directory)) },
    revocation: {
      enabled: true,
      allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId,
    },
    pushedAuthorizationRequests: { enabled: true },
    dPoP: { enabled: true, nonceSecret: keys.dpopNonceSecret, requireNonce: () => config.dpopNonceRequired },
    mTLS: mutualTls(readCertificate),
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: withOAuthErrors(createResourceServerInfo(directory)),
      defaultResource,
      // A code for one API exchanges for a token of that API, also when the client does not repeat itself.
      useGrantedResource: async () => true,
    },
    // For keys that sign by themselves, see `provider-key.ts`. Experimental: the library's version is pinned.
    externalSigningSupport: { enabled: true, ack: 'experimental-01' },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: async (ctx) => pages.signOut(ctx, textParameter(ctx.oidc.session?.state, 'secret') ?? ''),
      postLogoutSuccessSource: async (ctx) => pages.signedOut(ctx),
    },
    userinfo: { enabled: true },
  }
}

function createFindAccount(directory: Directory) {
  return async (_ctx: KoaContextWithOIDC, id: string): Promise<Account | undefined> => {
    const account = await directory.account(id)
    return account === undefined ? undefined : providerAccount(account)
  }
}

function cookies(config: Config, { cookieKeys }: ProviderKeys): NonNullable<Configuration['cookies']> {
  const secure = config.issuer.startsWith('https:')
  // Path-scoped cookies cannot have the `__Host-` prefix (F8); both prefixes need `Secure`, which http has not.
  const options = { signed: true, httpOnly: true, sameSite: 'lax', secure } as const
  return {
    keys: [...cookieKeys],
    names: secure
      ? { session: '__Host-sid', interaction: '__Secure-interaction', resume: '__Secure-interaction_resume' }
      : { session: 'sid', interaction: 'interaction', resume: 'interaction_resume' },
    long: { ...options, path: '/' },
    short: options,
  }
}

function isRoute(route: string, wanted: string): boolean {
  return route === wanted
}

/** Remembers the code that was answered, for the log and for whoever looks at the answer after the library. */
export function rememberError(ctx: KoaContextWithOIDC, { error }: ErrorOut): void {
  stateOf(ctx).oauthError = error
}
