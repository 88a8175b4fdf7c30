/** Snippets of APIs that ask about what they were shown. */
import { curlAuthentication, nodeEnvironment, oauthBeginning, oauthOptions, sh } from './connect-facts.ts'
import type { ConnectFacts, Snippet } from './connect-facts.ts'

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
  const options = oauthOptions(facts)
  return {
    id: 'node-introspection',
    title: 'Node.js, oauth4webapi',
    install: 'npm install oauth4webapi',
    text: `// ask.mjs
${oauthBeginning(facts)}
export async function whatIs(token) {
  const answer = await oauth.introspectionRequest(server, client, authentication, token${options})
  return oauth.processIntrospectionResponse(server, client, answer)
}

console.log(await whatIs(${nodeEnvironment('TOKEN')}))`,
  }
}
