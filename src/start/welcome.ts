import { resolve } from 'node:path'
import type { Config } from '../config.ts'
import type { Demo } from '../demo.ts'

/** What is worth telling somebody who has just started the server to try it. */
export interface Welcome {
  readonly config: Config
  /** Undefined once there is an administrator. */
  readonly setup: { readonly url: string; readonly expiresAt: Date } | undefined
  /** Undefined if it was deleted. */
  readonly demo: Demo | undefined
}

/**
 * The text for the terminal, never for the log: it holds the setup link and the demo's secrets. Lines that begin with
 * `curl` work as they are, in any POSIX shell with curl and sed.
 */
export function welcomeText({ config, setup, demo }: Welcome): string {
  const { issuer } = config
  const parts = [
    `Latchkey is running at ${issuer}, for trying it out.`,
    setup === undefined
      ? 'There is an administrator already.'
      : `Make the first administrator here; the link works once, until ${clockTime(setup.expiresAt)}:\n\n${setup.url}`,
    ...(demo === undefined
      ? ['The demo service and its API were deleted, so there are no lines to paste.']
      : demoParts(issuer, demo)),
    [
      `Console      ${issuer}/admin`,
      `Own account  ${issuer}/account`,
      `Discovery    ${issuer}/.well-known/openid-configuration`,
      `Management   http://${config.managementHost}:${config.managementPort}/readyz and /metrics`,
      `Data         ${resolve(config.dataDirectory)}`,
    ].join('\n'),
    'Ctrl-C stops everything. The next start goes on with the same data.',
  ]
  return `\n${parts.join('\n\n')}\n\n`
}

function demoParts(issuer: string, demo: Demo): string[] {
  const { service, api, resource, key } = demo
  const post = (client: Demo['service']) => `curl -sS -u ${client.id}:${client.secret}`
  const form = `-d grant_type=client_credentials -d resource=${resource} -d scope=invoices:read`
  const token = `${post(service)} ${form} ${issuer}/oauth/token`
  const onlyToken = String.raw`sed 's/.*"access_token":"\([^"]*\)".*/\1/'`
  return [
    `Get an access token, as the demo service does:\n\n${token} -w '\\n'`,
    `Ask whose token one is and what it allows, as the demo API does:\n\n${post(api)} -d token="$(${token} | ${onlyToken})" ${issuer}/oauth/introspect -w '\\n'`,
    ...(key === undefined
      ? []
      : [
          `Ask the same about an API key, with a permission it needs:\n\n${post(api)} -d token=${key} -d required_scope=invoices:read ${issuer}/oauth/introspect -w '\\n'`,
        ]),
  ]
}

function clockTime(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
