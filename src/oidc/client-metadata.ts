import type { Client } from '../domain/clients/client.ts'
import { sha256 } from '../platform/crypto/digest.ts'
import type { Payload } from './artifacts.ts'

/** Our own members of client metadata, which the library carries along untouched. */
export const extraClientMembers = ['allowed_origins', 'first_party', 'pkce_required'] as const

// The library insists that a client which authenticates by secret has one. Ours are hashed and compared elsewhere, and
// no algorithm that would use this text as a key is enabled; it must only be the same for as long as the client is.
const secretIsElsewhere = 'kept-as-a-hash'

// A client is read from the directory again and again, as the same value for as long as it is kept there.
const known = new WeakMap<Client, Payload>()

/** A client as the library wants it; undefined for a disabled one, which is as good as none. */
export function clientMetadata(client: Client): Payload | undefined {
  if (client.disabledAt !== undefined) return undefined
  const kept = known.get(client) ?? recognisable(metadataOf(client))
  known.set(client, kept)
  return kept
}

function metadataOf(client: Client): Payload {
  const { metadata } = client
  const authenticatesBySecret = metadata.token_endpoint_auth_method.startsWith('client_secret_')
  return {
    ...metadata,
    client_id: client.id,
    client_name: client.name,
    ...(authenticatesBySecret && { client_secret: secretIsElsewhere }),
    first_party: client.firstParty,
    pkce_required: client.pkceRequired,
  }
}

/**
 * With every request the library writes the metadata as JSON and hashes it, to find the client it has built from the same
 * before. A hash of the whole, made once, says the same in fewer words.
 */
function recognisable(metadata: Payload): Payload {
  const digest = sha256(JSON.stringify(metadata)).toString('base64url')
  return Object.defineProperty(metadata, 'toJSON', { value: () => digest })
}
