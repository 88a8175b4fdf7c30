/** How an app without a browser is let in: text to copy, for one client and this issuer. */
import { curlAuthentication, scopeText, sh } from './connect-facts.ts'
import type { ConnectFacts, Snippet } from './connect-facts.ts'

/** The conversation of a device (RFC 8628): what it shows to its person, and how it asks for the tokens. */
export function curlDevice(facts: ConnectFacts): readonly Snippet[] {
  const { issuer, clientId, authMethod, api } = facts
  const who = authMethod === 'none' ? `  -d client_id=${sh(clientId)} \\\n` : curlAuthentication(facts)
  const resource = api === undefined ? '' : `  --data-urlencode ${sh(`resource=${api.identifier}`)} \\\n`
  return [
    {
      id: 'curl-device',
      title: 'curl: get a code to show',
      text: `curl -sS ${sh(`${issuer}/oauth/device`)} \\
${who}${resource}  --data-urlencode ${sh(`scope=${scopeText(facts)}`)}`,
    },
    {
      id: 'curl-device-token',
      title: 'curl: ask for the tokens, every five seconds',
      text: `curl -sS ${sh(`${issuer}/oauth/token`)} \\
${who}  -d grant_type=urn:ietf:params:oauth:grant-type:device_code -d device_code="$DEVICE_CODE"`,
    },
  ]
}
