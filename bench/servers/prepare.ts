import type { Provider } from 'oidc-provider'
import { apiScopes, redirectUri } from '../fixtures.ts'
import type { Fixtures } from '../fixtures.ts'
import type { Preparation } from './protocol.ts'

const oidcScopes = 'openid profile email offline_access'

/** Makes codes or refresh tokens with the library's own models, each under a grant of its own. */
export async function prepare(
  provider: Provider,
  { app, accountId, opaqueApi }: Fixtures,
  { kind, count, forApi }: Preparation,
): Promise<readonly string[]> {
  const client = await provider.Client.find(app.id)
  if (client === undefined) throw new Error('the app is unknown')
  const values: string[] = []
  for (let made = 0; made < count; made += 1) {
    const grant = new provider.Grant({ accountId, clientId: app.id })
    grant.addOIDCScope(oidcScopes)
    if (forApi) grant.addResourceScope(opaqueApi, apiScopes.join(' '))
    const grantId = await grant.save()
    const common = {
      accountId,
      client,
      grantId,
      gty: 'authorization_code',
      scope: forApi ? `${oidcScopes} ${apiScopes.join(' ')}` : oidcScopes,
      authTime: Math.floor(Date.now() / 1000),
      expiresWithSession: false,
      ...(forApi && { resource: opaqueApi }),
    }
    const model =
      kind === 'code'
        ? new provider.AuthorizationCode({ ...common, redirectUri })
        : new provider.RefreshToken({ ...common, rotations: 0 })
    values.push(await model.save())
  }
  return values
}
