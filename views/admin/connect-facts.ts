/**
 * What the snippets of "Connect your app" are made from, and what they share: programs and settings that work as they stand,
 * for one client and this issuer. None of them has the secret: they take it from the environment. What comes from outside is
 * written as each language quotes it.
 */
import type { signingAlgs } from './signing-algs.ts'

/** What a client with a key of its own signs with. */
export type AssertionAlg = (typeof signingAlgs)[number]

/** What snippets are made from. */
export interface ConnectFacts {
  readonly issuer: string
  readonly clientId: string
  readonly authMethod: string
  /** What a client signs its assertions with that has a key of its own. */
  readonly assertionAlg: AssertionAlg
  readonly redirectUri: string | undefined
  readonly isPushRequired: boolean
  readonly isDpopRequired: boolean
  /** It shows a certificate, to authenticate or because its tokens are bound to one. */
  readonly hasCertificate: boolean
  /** The API that tokens are to be for, or that is asked about. */
  readonly api: { readonly identifier: string; readonly scopes: readonly string[] } | undefined
}

/** A snippet. */
export interface Snippet {
  readonly id: string
  readonly title: string
  /** What must be installed first. */
  readonly install?: string | undefined
  readonly text: string
}

/** Stands in a snippet where nothing was given yet. */
export const exampleApi = { identifier: 'https://api.example/', scopes: ['read'] }

/** What a sign-in asks for. */
export function scopeText({ api }: ConnectFacts): string {
  return ['openid', ...(api?.scopes ?? [])].join(' ')
}

/** Text as JavaScript and Python write it: both read JSON's strings, and `<` cannot end anything. */
export function js(text: string): string {
  return JSON.stringify(text)
}

/** Text as one word for a shell. */
export function sh(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** How openid-client proves which client it is. */
export function openidAuthentication({ authMethod, assertionAlg }: ConnectFacts): string {
  if (authMethod === 'none') return 'client.None()'
  if (authMethod === 'private_key_jwt') return `client.PrivateKeyJwt(${keyArguments('client', assertionAlg)})`
  const name = authMethod === 'client_secret_post' ? 'ClientSecretPost' : 'ClientSecretBasic'
  return `client.${name}(${nodeEnvironment('CLIENT_SECRET')})`
}

/** The same for oauth4webapi. */
function oauthAuthentication({ authMethod, assertionAlg }: ConnectFacts): string {
  if (authMethod === 'private_key_jwt') return `oauth.PrivateKeyJwt(${keyArguments('oauth', assertionAlg)})`
  const name = authMethod === 'client_secret_post' ? 'ClientSecretPost' : 'ClientSecretBasic'
  return `oauth.${name}(${nodeEnvironment('CLIENT_SECRET')})`
}

/** What the environment of a program for Node.js is to bring, as such a program names it: nothing here reads it. */
export function nodeEnvironment(name: string): string {
  return ['process', 'env', name].join('.')
}

/** The lines with which a program for Node.js reads the private key of its client, where it has one. */
export function privateKeyLines({ authMethod, assertionAlg }: ConnectFacts): string {
  if (authMethod !== 'private_key_jwt') return ''
  return `const jwk = JSON.parse(${nodeEnvironment('PRIVATE_JWK')})
const key = await crypto.subtle.importKey('jwk', jwk, ${importedAs[assertionAlg]}, false, ['sign'])
`
}

const importedAs: Readonly<Record<AssertionAlg, string>> = {
  ES256: "{ name: 'ECDSA', namedCurve: 'P-256' }",
  RS256: "{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }",
  PS256: "{ name: 'RSA-PSS', hash: 'SHA-256' }",
  EdDSA: "'Ed25519'",
}

/** What a request of oauth4webapi is told where the issuer is not reached by https. */
export function oauthOptions({ issuer }: ConnectFacts): string {
  return issuer.startsWith('http:') ? ', { [oauth.allowInsecureRequests]: true }' : ''
}

/** What a program with oauth4webapi begins with: the server, the client, and how it authenticates. */
export function oauthBeginning(facts: ConnectFacts): string {
  const { issuer, clientId } = facts
  return `import * as oauth from 'oauth4webapi'

const issuer = new URL(${js(issuer)})
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer${oauthOptions(facts)}))
const client = { client_id: ${js(clientId)} }
${privateKeyLines(facts)}const authentication = ${oauthAuthentication(facts)}
`
}

/** The library calls such a key Ed25519 (RFC 9864); registered is the older name. */
function keyArguments(library: 'client' | 'oauth', assertionAlg: AssertionAlg): string {
  const key = '{ key, kid: jwk.kid }'
  if (assertionAlg !== 'EdDSA') return key
  return `${key}, { [${library}.modifyAssertion]: (header) => void (header.alg = 'EdDSA') }`
}

/** The key that tokens are bound to, where they are. */
export function keyLine({ isDpopRequired }: ConnectFacts): string {
  if (!isDpopRequired) return ''
  return '// Tokens are bound to this key (RFC 9449): keep it as long as they live.\nconst DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair())\n'
}

/** What a request for tokens needs beside the rest. */
export function tokenArguments({ isDpopRequired }: ConnectFacts, resource: string): string {
  if (!isDpopRequired) return resource
  return `${resource === '' ? ', undefined' : resource}, { DPoP }`
}

/** What openid-client needs to be told of an issuer without https. */
export function insecureOption(issuer: string): string {
  if (!issuer.startsWith('http:')) return ''
  return '\n  // Only because this issuer has no https.\n  { execute: [client.allowInsecureRequests] },'
}

/** How curl proves which client it is, as lines of its command. */
export function curlAuthentication({ authMethod, clientId, hasCertificate }: ConnectFacts): string {
  const shown = hasCertificate ? `  --cert "$CLIENT_CERTIFICATE" --key "$CLIENT_KEY" \\\n` : ''
  if (authMethod === 'tls_client_auth') {
    return `${shown}  --data-urlencode ${sh(`client_id=${clientId}`)} \\\n`
  }
  if (authMethod === 'client_secret_post') {
    return `${shown}  --data-urlencode ${sh(`client_id=${clientId}`)} \\\n  --data-urlencode "client_secret=$CLIENT_SECRET" \\\n`
  }
  return `${shown}  -u "${clientId}:$CLIENT_SECRET" \\\n`
}
