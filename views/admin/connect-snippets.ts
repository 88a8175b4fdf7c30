/**
 * Programs and settings that work as they stand, for one client and this issuer. None of them has the secret: they take it
 * from the environment. What comes from outside is written as each language quotes it.
 */

/** What snippets are made from. */
export interface ConnectFacts {
  readonly issuer: string
  readonly clientId: string
  readonly authMethod: string
  readonly redirectUri: string | undefined
  readonly isPushRequired: boolean
  readonly isDpopRequired: boolean
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

/** A web app with a server of its own, or a native app that is called back on its own machine. */
export function nodeSignIn(facts: ConnectFacts): Snippet {
  const { issuer, clientId, redirectUri = 'https://app.example/callback', api } = facts
  const extra = [
    ...(api === undefined ? [] : [`      resource: ${js(api.identifier)},`]),
    `      scope: ${js(scopeText(facts))},`,
  ]
  const build = facts.isPushRequired
    ? 'await client.buildAuthorizationUrlWithPAR'
    : 'client.buildAuthorizationUrl'
  const resource = api === undefined ? '' : `, { resource: ${js(api.identifier)} }`
  return {
    id: 'node-sign-in',
    title: 'Node.js, openid-client',
    install: 'npm install openid-client',
    text: `// app.mjs
import { createServer } from 'node:http'
import * as client from 'openid-client'

const redirectUri = new URL(${js(redirectUri)})
const config = await client.discovery(
  new URL(${js(issuer)}),
  ${js(clientId)},
  undefined,
  ${openidAuthentication(facts)},${insecureOption(issuer)}
)
${keyLine(facts)}// One entry for each sign-in that is under way, found again by a cookie of this browser.
const underWay = new Map()

createServer(async (request, response) => {
  const url = new URL(request.url, redirectUri)
  if (url.pathname !== redirectUri.pathname) {
    const id = client.randomState()
    const checks = {
      pkceCodeVerifier: client.randomPKCECodeVerifier(),
      expectedState: client.randomState(),
      expectedNonce: client.randomNonce(),
    }
    underWay.set(id, checks)
    const authorizationUrl = ${build}(config, {
      redirect_uri: redirectUri.href,
${extra.join('\n')}
      code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: checks.expectedState,
      nonce: checks.expectedNonce,
    }${facts.isPushRequired && facts.isDpopRequired ? ', { DPoP }' : ''})
    const cookie = \`sign-in=\${id}; HttpOnly; SameSite=Lax; Path=/${redirectUri.startsWith('https:') ? '; Secure' : ''}\`
    return response.writeHead(303, { location: authorizationUrl.href, 'set-cookie': cookie }).end()
  }
  const id = /(?:^|; )sign-in=([\\w-]+)/.exec(request.headers.cookie ?? '')?.[1]
  const checks = underWay.get(id)
  underWay.delete(id)
  if (checks === undefined) return response.writeHead(400).end('Start the sign-in again.')
  try {
    const tokens = await client.authorizationCodeGrant(config, url, checks${tokenArguments(facts, resource)})
    response.end(\`Signed in as \${tokens.claims().sub}\`)
  } catch (error) {
    response.writeHead(400).end(\`Not signed in: \${error.error ?? error.code}\`)
  }
}).listen(${listenPort(redirectUri)})`,
  }
}

/** An app in the browser alone. */
export function browserSignIn(facts: ConnectFacts): Snippet {
  const { issuer, clientId, redirectUri = 'https://app.example/callback', api } = facts
  const resource = api === undefined ? '' : `    resource: ${js(api.identifier)},\n`
  const build = facts.isPushRequired
    ? 'await client.buildAuthorizationUrlWithPAR'
    : 'client.buildAuthorizationUrl'
  return {
    id: 'browser-sign-in',
    title: 'JavaScript in the browser, openid-client',
    install: 'npm install openid-client',
    text: `import * as client from 'openid-client'

const redirectUri = ${js(redirectUri)}
const config = await client.discovery(
  new URL(${js(issuer)}),
  ${js(clientId)},
  undefined,
  client.None(),${insecureOption(issuer)}
)
${keyLine(facts)}
export async function signIn() {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
  }
  sessionStorage.setItem('sign-in', JSON.stringify(checks))
  location.href = ${build}(config, {
    redirect_uri: redirectUri,
${resource}    scope: ${js(scopeText(facts))},
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
  })
}

// On the page of the redirect URI.
export async function finishSignIn() {
  const checks = JSON.parse(sessionStorage.getItem('sign-in'))
  sessionStorage.removeItem('sign-in')
  return client.authorizationCodeGrant(config, new URL(location.href), checks${tokenArguments(facts, api === undefined ? '' : `, { resource: ${js(api.identifier)} }`)})
}`,
  }
}

/** A service that gets tokens for itself. */
export function nodeService(facts: ConnectFacts): Snippet {
  const { issuer, clientId, api = exampleApi } = facts
  const insecure = issuer.startsWith('http:')
  const options = insecure ? ', { [oauth.allowInsecureRequests]: true }' : ''
  return {
    id: 'node-service',
    title: 'Node.js, oauth4webapi',
    install: 'npm install oauth4webapi',
    text: `// service.mjs
import * as oauth from 'oauth4webapi'

const issuer = new URL(${js(issuer)})
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer${options}))
const client = { client_id: ${js(clientId)} }
const authentication = ${oauthAuthentication(facts)}
const wanted = { resource: ${js(api.identifier)}, scope: ${js(api.scopes.join(' '))} }
const answer = await oauth.clientCredentialsGrantRequest(server, client, authentication, wanted${options})
const { access_token, expires_in } = await oauth.processClientCredentialsResponse(server, client, answer)
console.log(access_token, \`for \${expires_in} seconds\`)`,
  }
}

/** The same where tokens are bound to a key: openid-client knows the nonces of DPoP. */
export function nodeDpopService(facts: ConnectFacts): Snippet {
  const { issuer, clientId, api = exampleApi } = facts
  return {
    id: 'node-service',
    title: 'Node.js, openid-client',
    install: 'npm install openid-client',
    text: `// service.mjs
import * as client from 'openid-client'

const config = await client.discovery(
  new URL(${js(issuer)}),
  ${js(clientId)},
  undefined,
  ${openidAuthentication(facts)},${insecureOption(issuer)}
)
${keyLine(facts)}const wanted = { resource: ${js(api.identifier)}, scope: ${js(api.scopes.join(' '))} }
const { access_token, expires_in } = await client.clientCredentialsGrant(config, wanted, { DPoP })
console.log(access_token, \`for \${expires_in} seconds\`)`,
  }
}

/** A token for a service, at the command line. */
export function curlToken(facts: ConnectFacts): Snippet {
  const { issuer, api = exampleApi } = facts
  return {
    id: 'curl-token',
    title: 'curl: get a token',
    text: `curl -sS ${sh(`${issuer}/oauth/token`)} \\
${curlAuthentication(facts)}  -d grant_type=client_credentials \\
  --data-urlencode ${sh(`resource=${api.identifier}`)} \\
  --data-urlencode ${sh(`scope=${api.scopes.join(' ')}`)}`,
  }
}

/** An API that asks about what it was shown, at the command line. */
export function curlIntrospection(facts: ConnectFacts): Snippet {
  return {
    id: 'curl-introspection',
    title: 'curl: ask about a token or API key',
    text: `curl -sS ${sh(`${facts.issuer}/oauth/introspect`)} \\
${curlAuthentication(facts)}  --data-urlencode "token=$TOKEN"`,
  }
}

/** An API that asks, in a program. */
export function nodeIntrospection(facts: ConnectFacts): Snippet {
  const { issuer, clientId } = facts
  const options = issuer.startsWith('http:') ? ', { [oauth.allowInsecureRequests]: true }' : ''
  return {
    id: 'node-introspection',
    title: 'Node.js, oauth4webapi',
    install: 'npm install oauth4webapi',
    text: `// ask.mjs
import * as oauth from 'oauth4webapi'

const issuer = new URL(${js(issuer)})
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer${options}))
const client = { client_id: ${js(clientId)} }
const authentication = ${oauthAuthentication(facts)}

export async function whatIs(token) {
  const answer = await oauth.introspectionRequest(server, client, authentication, token${options})
  return oauth.processIntrospectionResponse(server, client, answer)
}

console.log(await whatIs(process.env.TOKEN))`,
  }
}

/** Python with Authlib, which takes the settings of any OpenID Provider. */
export function pythonSignIn(facts: ConnectFacts): Snippet {
  const { issuer, clientId, redirectUri = 'https://app.example/callback', authMethod } = facts
  return {
    id: 'python-sign-in',
    title: 'Python, Authlib',
    install: 'pip install authlib flask requests',
    text: `import os
from authlib.integrations.flask_client import OAuth
from flask import Flask, session

app = Flask(__name__)
app.secret_key = os.environ["SESSION_SECRET"]
oauth = OAuth(app)
oauth.register(
    "login",
    server_metadata_url=${js(`${issuer}/.well-known/openid-configuration`)},
    client_id=${js(clientId)},
    client_secret=os.environ["CLIENT_SECRET"],
    client_kwargs={
        "scope": ${js(scopeText(facts))},
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": ${js(authMethod)},
    },
)

@app.get("/")
def sign_in():
    return oauth.login.authorize_redirect(${js(redirectUri)})

@app.get(${js(new URL(redirectUri).pathname)})
def finish():
    session["sub"] = oauth.login.authorize_access_token()["userinfo"]["sub"]
    return f"Signed in as {session['sub']}"`,
  }
}

/** Python with requests, for a service. */
export function pythonService(facts: ConnectFacts): Snippet {
  const { issuer, clientId, api = exampleApi, authMethod } = facts
  const isPost = authMethod === 'client_secret_post'
  const member = isPost
    ? `        "client_id": ${js(clientId)},\n        "client_secret": os.environ["CLIENT_SECRET"],\n`
    : ''
  const auth = isPost ? '' : `    auth=(${js(clientId)}, os.environ["CLIENT_SECRET"]),\n`
  return {
    id: 'python-service',
    title: 'Python, requests',
    install: 'pip install requests',
    text: `import os
import requests

answer = requests.post(
    ${js(`${issuer}/oauth/token`)},
${auth}    data={
        "grant_type": "client_credentials",
${member}        "resource": ${js(api.identifier)},
        "scope": ${js(api.scopes.join(' '))},
    },
    timeout=10,
)
answer.raise_for_status()
print(answer.json()["access_token"])`,
  }
}

const exampleApi = { identifier: 'https://api.example/', scopes: ['read'] }

function scopeText({ api }: ConnectFacts): string {
  return ['openid', ...(api?.scopes ?? [])].join(' ')
}

/** Text as JavaScript and Python write it: both read JSON's strings, and `<` cannot end anything. */
function js(text: string): string {
  return JSON.stringify(text)
}

/** Text as one word for a shell. */
function sh(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function openidAuthentication({ authMethod }: ConnectFacts): string {
  if (authMethod === 'none') return 'client.None()'
  if (authMethod === 'private_key_jwt') return `client.PrivateKeyJwt(${privateKey})`
  const name = authMethod === 'client_secret_post' ? 'ClientSecretPost' : 'ClientSecretBasic'
  return `client.${name}(process.env.CLIENT_SECRET)`
}

function oauthAuthentication({ authMethod }: ConnectFacts): string {
  if (authMethod === 'private_key_jwt') return `oauth.PrivateKeyJwt(${privateKey})`
  const name = authMethod === 'client_secret_post' ? 'ClientSecretPost' : 'ClientSecretBasic'
  return `oauth.${name}(process.env.CLIENT_SECRET)`
}

const privateKey =
  "await crypto.subtle.importKey('jwk', JSON.parse(process.env.PRIVATE_JWK), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])"

function keyLine({ isDpopRequired }: ConnectFacts): string {
  if (!isDpopRequired) return ''
  return '// Tokens are bound to this key (RFC 9449): keep it as long as they live.\nconst DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair())\n'
}

function tokenArguments({ isDpopRequired }: ConnectFacts, resource: string): string {
  if (!isDpopRequired) return resource
  return `${resource === '' ? ', undefined' : resource}, { DPoP }`
}

function insecureOption(issuer: string): string {
  if (!issuer.startsWith('http:')) return ''
  return '\n  // Only because this issuer has no https.\n  { execute: [client.allowInsecureRequests] },'
}

/** On this machine the port of the redirect URI; elsewhere something stands in front that speaks https. */
function listenPort(redirectUri: string): string {
  const { protocol, port } = new URL(redirectUri)
  if (protocol === 'https:') return 'Number(process.env.PORT ?? 8080)'
  return port === '' ? '80' : port
}

function curlAuthentication({ authMethod, clientId }: ConnectFacts): string {
  if (authMethod === 'client_secret_post') {
    return `  --data-urlencode ${sh(`client_id=${clientId}`)} \\\n  --data-urlencode "client_secret=$CLIENT_SECRET" \\\n`
  }
  return `  -u "${clientId}:$CLIENT_SECRET" \\\n`
}
