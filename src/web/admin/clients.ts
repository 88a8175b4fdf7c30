/** Clients: the list, and one of them. */
import { apisAskedAboutBy } from '../../domain/apis/uses.ts'
import { heldScopes } from '../../domain/apis/held-scopes.ts'
import { countKeys } from '../../domain/api-keys/count.ts'
import { clientListQuery, listClients, requireClient } from '../../domain/clients/client.ts'
import { subjectMemberNames } from '../../domain/clients/certificate-subject.ts'
import type { Client } from '../../domain/clients/client.ts'
import { ownClientIds } from '../../domain/clients/own-clients.ts'
import { countPeopleOfClient } from '../../oidc/grant-count.ts'
import { parseOrRefuse } from '../../platform/parse.ts'
import { clientListContent } from '../../../views/admin/client-list-page.ts'
import { clientContent } from '../../../views/admin/client-page.ts'
import type { ShownClient } from '../../../views/admin/client-page.ts'
import { clientConnectPages } from './client-connect.ts'
import { clientEditPages } from './client-edit.ts'
import { clientEndPages } from './client-end.ts'
import { shownType } from './client-form.ts'
import { clientSecretPages, shownSecret } from './client-secrets.ts'
import { placesOf } from './list-places.ts'
import { clientPermissionPages } from './owner-permissions.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const path = '/admin/clients'

async function showList({ db, query, frame, show }: Visit): Promise<void> {
  const asked = { search: '', type: '', state: '' }
  const filters = Object.fromEntries(
    Object.keys(asked).map((name) => [name, query.get(name)?.trim() ?? ''] as const),
  )
  const after = query.get('after') ?? undefined
  const given = Object.entries({ ...filters, after }).filter(
    ([, value]) => value !== '' && value !== undefined,
  )
  const wanted = parseOrRefuse(clientListQuery, Object.fromEntries(given), 'invalid_request')
  const { items, next } = await listClients(db, wanted)
  const clients = items.map((client) => ({
    id: client.id,
    name: client.name,
    type: shownType(client),
    isOurs: ownClientIds.includes(client.id),
    isDisabled: client.disabledAt !== undefined,
    createdAt: client.createdAt,
  }))
  const { search = '', type = '', state = '' } = filters
  const places = placesOf(path, filters, { after, next })
  const content = clientListContent(frame, { clients, search, type, state, ...places })
  show({ title: frame.messages.consoleClients.title, current: path, content })
}

async function showClient({ db, now, params, held, frame, show }: Visit): Promise<void> {
  const client = await requireClient(db, params['id'] ?? '')
  const owner = { type: 'client', id: client.id } as const
  const [permissions, people, keys, asksAbout] = await Promise.all([
    held.has('roles:read') ? heldScopes(db, owner) : undefined,
    countPeopleOfClient(db, client.id, now),
    countKeys(db, { owner }),
    apisAskedAboutBy(db, client.id),
  ])
  const shown: ShownClient = {
    ...factsOf(client),
    secrets: usesSecret(client) ? client.secrets.map((secret) => shownSecret(secret, now)) : undefined,
    permissions,
    people,
    keys,
    asksAbout,
  }
  show({ title: client.name, current: path, content: clientContent(frame, shown) })
}

function factsOf(client: Client) {
  const { metadata } = client
  return {
    id: client.id,
    name: client.name,
    type: shownType(client),
    isOurs: ownClientIds.includes(client.id),
    isDisabled: client.disabledAt !== undefined,
    isFirstParty: client.firstParty,
    isVerified: client.verified,
    isPkceRequired: client.pkceRequired,
    redirectUris: metadata.redirect_uris,
    authMethod: metadata.token_endpoint_auth_method,
    certificateNames: subjectMemberNames.flatMap((member) => {
      const name = metadata[member]
      return name === undefined ? [] : [{ member, name }]
    }),
    grantTypes: metadata.grant_types,
    createdAt: client.createdAt,
    updatedAt: client.updatedAt,
  }
}

function usesSecret({ metadata }: Client): boolean {
  return metadata.token_endpoint_auth_method.startsWith('client_secret_')
}

/** Every page about clients. Words come before parameters. */
export const clientPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/clients', needs: 'clients:read', handle: showList },
  ...clientEditPages,
  { method: 'GET', path: '/clients/:id', needs: 'clients:read', handle: showClient },
  ...clientConnectPages,
  ...clientSecretPages,
  ...clientPermissionPages,
  ...clientEndPages,
]
