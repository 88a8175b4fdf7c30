/** How an app without a browser is let in: text to copy, for one client and this issuer. */
import { scopeText, sh } from './connect-facts.ts'
import type { ConnectFacts, Snippet } from './connect-facts.ts'

/** The conversation of a device (RFC 8628), in curl. */
export function curlDevice(facts: ConnectFacts): Snippet {
  const { issuer, clientId, authMethod, api } = facts
  const secret = authMethod.startsWith('client_secret_')
  const who = secret ? `-u ${sh(clientId)}":$CLIENT_SECRET"` : `-d client_id=${sh(clientId)}`
  const resource = api === undefined ? '' : ` \\\n  --data-urlencode resource=${sh(api.identifier)}`
  return {
    id: 'curl-device',
    title: 'curl',
    text: `# 1. Show user_code and verification_uri to the person, and keep device_code.
curl -sS ${who} \\
  --data-urlencode scope=${sh(scopeText(facts))}${resource} \\
  ${sh(`${issuer}/oauth/device`)}

# 2. Ask every five seconds until there are tokens. After slow_down wait five seconds longer each time.
curl -sS ${who} \\
  -d grant_type=urn:ietf:params:oauth:grant-type:device_code -d device_code="$DEVICE_CODE" \\
  ${sh(`${issuer}/oauth/token`)}
`,
  }
}
