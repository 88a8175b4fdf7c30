/** Snippets of apps that people sign in to. */
import {
  insecureOption,
  js,
  keyLine,
  nodeEnvironment,
  openidAuthentication,
  privateKeyLines,
  scopeText,
  tokenArguments,
} from './connect-facts.ts'
import type { ConnectFacts, Snippet } from './connect-facts.ts'

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
${privateKeyLines(facts)}const config = await client.discovery(
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

/** Python with Authlib, which takes the settings of any OpenID Provider. */
export function pythonSignIn(facts: ConnectFacts): Snippet {
  const { issuer, clientId, redirectUri = 'https://app.example/callback', authMethod, api } = facts
  const resource = api === undefined ? '' : `resource=${js(api.identifier)}`
  return {
    id: 'python-sign-in',
    title: 'Python, Authlib',
    install: 'pip install authlib flask requests',
    text: `# app.py: flask run --port ${flaskPort(redirectUri)}
import os
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
    return oauth.login.authorize_redirect(${[js(redirectUri), ...(resource === '' ? [] : [resource])].join(', ')})

@app.get(${js(new URL(redirectUri).pathname)})
def finish():
    session["sub"] = oauth.login.authorize_access_token(${resource})["userinfo"]["sub"]
    return f"Signed in as {session['sub']}"`,
  }
}

function flaskPort(redirectUri: string): string {
  const { protocol, port } = new URL(redirectUri)
  return protocol === 'https:' ? '8080' : port || '80'
}

/** On this machine the port of the redirect URI; elsewhere something stands in front that speaks https. */
function listenPort(redirectUri: string): string {
  const { protocol, port } = new URL(redirectUri)
  if (protocol === 'https:') return `Number(${nodeEnvironment('PORT')} ?? 8080)`
  return port === '' ? '80' : port
}
