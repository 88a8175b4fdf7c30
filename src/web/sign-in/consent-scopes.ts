import type { Grant } from 'oidc-provider'
import type { Client } from '../../domain/clients/client.ts'
import type { Directory } from '../../domain/credentials/directory.ts'
import type { ConsentScope } from '../../../views/sign-in/consent-scopes.ts'
import { boxOf, boxesOf, requestedScopes, resourcesOf, scopesOfClaims } from './consent-wishes.ts'
import type { Wishes } from './consent-wishes.ts'
import type { Interaction } from './interaction.ts'

const identityScopes = new Set(['openid', 'profile', 'email', 'address', 'phone', 'offline_access'])

/** Everything the app will be able to do, new or agreed to before, in the order it is shown. */
export async function scopesOf(
  directory: Directory,
  interaction: Interaction,
  asked: { readonly client: Client; readonly grant: Grant | undefined; readonly wishes: Wishes },
): Promise<ConsentScope[]> {
  const { client, grant, wishes } = asked
  const boxes = boxesOf(wishes, client.optionalScopes)
  const requested = requestedScopes(interaction)
  const byClaim = scopesOfClaims(wishes.claims)
  const identity = [...new Set([...requested, ...byClaim])]
    .filter((name) => identityScopes.has(name))
    .map((name) => ({
      name,
      isNew: wishes.scopes.includes(name) || byClaim.includes(name),
      box: boxes.find((box) => box === boxOf(name)),
    }))
  const ofApis = await Promise.all(
    resourcesOf(interaction).map(async (identifier) => {
      const api = await directory.api(identifier)
      const added = wishes.resources[identifier] ?? []
      const held = (grant?.getResourceScope(identifier) ?? '').split(' ')
      return requested
        .filter((name) => added.includes(name) || held.includes(name))
        .map((name) => ({
          name,
          apiName: api?.name ?? identifier,
          description: api?.scopes.find((scope) => scope.name === name)?.description,
          isNew: added.includes(name),
          box: boxes.find((box) => box === boxOf(name, identifier)),
        }))
    }),
  )
  return [...identity, ...ofApis.flat()]
}
