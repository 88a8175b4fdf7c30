/** Snippets of services that get tokens for themselves. */
import {
  curlAuthentication,
  exampleApi,
  insecureOption,
  js,
  keyLine,
  oauthBeginning,
  oauthOptions,
  openidAuthentication,
  privateKeyLines,
  sh,
} from './connect-facts.ts'
import type { ConnectFacts, Snippet } from './connect-facts.ts'

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

/** A service that gets tokens for itself. */
export function nodeService(facts: ConnectFacts): Snippet {
  const { api = exampleApi } = facts
  const options = oauthOptions(facts)
  return {
    id: 'node-service',
    title: 'Node.js, oauth4webapi',
    install: 'npm install oauth4webapi',
    text: `// service.mjs
${oauthBeginning(facts)}const wanted = { resource: ${js(api.identifier)}, scope: ${js(api.scopes.join(' '))} }
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

${privateKeyLines(facts)}const config = await client.discovery(
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
