import { SignJWT, compactVerify, createLocalJWKSet, decodeProtectedHeader } from 'jose'
import { Provider } from 'oidc-provider'
import { beforeAll, expect, test } from 'vitest'
import {
  cookieKeys,
  dpopNonceSecret,
  providerJwks,
  publicJwks,
} from '../../../src/domain/signing-keys/jwks.ts'
import type { ProviderJwk } from '../../../src/domain/signing-keys/jwks.ts'
import { keyPurposes, signingAlgs } from '../../../src/domain/signing-keys/key.ts'
import type { KeyPurpose } from '../../../src/domain/signing-keys/key.ts'
import { generateMaterial, parseMaterial } from '../../../src/domain/signing-keys/material.ts'
import type { InstallationKey } from '../../../src/domain/signing-keys/store.ts'
import { after, noon } from './support.ts'

const issuer = 'http://localhost:3000'
let keys: readonly InstallationKey[]

beforeAll(async () => {
  keys = (await Promise.all(keyPurposes.map(threeKeys))).flat()
})

/** A retired, a current and a next key, with ids that sort the other way round. */
async function threeKeys(purpose: KeyPurpose): Promise<readonly InstallationKey[]> {
  return Promise.all([
    makeKey(`${purpose}-c-retired`, purpose, { activatesAt: after(-7200), retiresAt: after(7200) }),
    makeKey(`${purpose}-b-current`, purpose, { activatesAt: after(-3600), retiresAt: after(9000) }),
    makeKey(`${purpose}-a-next`, purpose, { activatesAt: after(3600), retiresAt: undefined }),
  ])
}

async function makeKey(
  id: string,
  purpose: KeyPurpose,
  times: Pick<InstallationKey, 'activatesAt' | 'retiresAt'>,
): Promise<InstallationKey> {
  return { id, createdAt: noon, ...times, ...parseMaterial(await generateMaterial(purpose)) }
}

/** A real provider with one client and an API whose JWT access tokens are signed with the algorithm in its name. */
function buildProvider(jwks: { keys: ProviderJwk[] }): Provider {
  return new Provider(issuer, {
    jwks,
    clients: [
      {
        client_id: 'service',
        client_secret: 'secret',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    cookies: { keys: ['test'] },
    ttl: { ClientCredentials: 600 },
    features: { devInteractions: { enabled: false }, clientCredentials: { enabled: true } },
  })
}

async function accessToken(provider: Provider, alg: (typeof signingAlgs)[number]): Promise<string> {
  const client = await provider.Client.find('service')
  if (client === undefined) throw new Error('the client is missing')
  const token = new provider.ClientCredentials({ client, scope: 'read' })
  token.resourceServer = new provider.ResourceServer('https://api.example/', {
    scope: 'read',
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg } },
  })
  return token.save()
}

test('the provider signs with the current key of each algorithm, in whatever order keys are listed', async () => {
  const inOrder = providerJwks(keys, noon).keys
  for (const listed of [inOrder, inOrder.toReversed()]) {
    const provider = buildProvider({ keys: listed })
    for (const alg of signingAlgs) {
      const token = await accessToken(provider, alg)
      expect(decodeProtectedHeader(token)).toMatchObject({ alg, kid: `${alg}-b-current` })
      const verified = await compactVerify(token, createLocalJWKSet(publicJwks(keys, noon)))
      expect(verified.protectedHeader.kid).toBe(`${alg}-b-current`)
    }
  }
})

test('before and after the swap the same keys are published, and the next one signs', async () => {
  const later = after(3600)
  const ids = (now: Date) => publicJwks(keys, now).keys.map(({ kid }) => kid)
  expect(ids(later).sort()).toEqual(ids(noon).sort())
  const provider = buildProvider(providerJwks(keys, later))
  for (const alg of signingAlgs) {
    expect(decodeProtectedHeader(await accessToken(provider, alg)).kid).toBe(`${alg}-a-next`)
  }
})

test('the provider publishes our public JWKS and nothing private', async () => {
  const provider = buildProvider(providerJwks(keys, noon))
  const server = provider.listen(0)
  try {
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('there is no port')
    const published: unknown = await (await fetch(`http://127.0.0.1:${address.port}/jwks`)).json()
    expect(published).toEqual(publicJwks(keys, noon))
  } finally {
    server.close()
  }
  const text = JSON.stringify(publicJwks(keys, noon))
  for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(text).not.toContain(`"${member}":`)
})

test('RFC 7517 4.5: every key has an id of its own, and RS256 and PS256 never share an RSA key', () => {
  const jwks = publicJwks(keys, noon).keys
  expect(new Set(jwks.map(({ kid }) => kid)).size).toBe(12)
  const moduli = jwks.flatMap((jwk) => (jwk.kty === 'RSA' ? [jwk.n] : []))
  expect(new Set(moduli).size).toBe(6)
})

test('a key that is only published is refused for signing by the library as well', async () => {
  const next = providerJwks(keys, noon).keys.find(({ kid }) => kid === 'ES256-a-next')
  if (next === undefined) throw new Error('the next key is missing')
  const signing = new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).sign(next)
  await expect(signing).rejects.toThrow()
})

test('cookies are signed with the current key and accepted from every published one', () => {
  const secretOf = (id: string) => {
    const key = keys.find((each) => each.id === id)
    return key !== undefined && 'secret' in key ? key.secret.toString('base64url') : undefined
  }
  const [current, next, retired] = ['b-current', 'a-next', 'c-retired'].map((name) =>
    secretOf(`cookies-${name}`),
  )
  expect(cookieKeys(keys, noon)).toEqual([current, next, retired])
  expect(cookieKeys(keys, after(3600))).toEqual([next, current, retired])
  expect(cookieKeys(keys, after(7200))).toEqual([next, current])
  expect(dpopNonceSecret(keys, noon).toString('base64url')).toBe(secretOf('dpop_nonce-b-current'))
  expect(() => dpopNonceSecret([], noon)).toThrow('there is no DPoP nonce secret')
})
