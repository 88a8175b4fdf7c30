import type { ServerConfig } from '../config.ts'
import { createPasswordJudge } from '../domain/accounts/password-range.ts'
import type { JudgeNewPassword } from '../domain/accounts/password-range.ts'
import type { Logger } from '../platform/log.ts'
import { outboundOf } from './outbound.ts'

/** How this server judges new passwords. The service of leaked ones has a second and a half, because somebody waits. */
export function newPasswordsOf(
  config: Pick<ServerConfig, 'passwordRangeUrl' | 'outboundAllowedHosts'>,
  { log }: { readonly log: Logger },
): JudgeNewPassword {
  const { passwordRangeUrl } = config
  if (passwordRangeUrl === undefined) return createPasswordJudge(undefined)
  const outbound = outboundOf(config, { log }, { timeoutMilliseconds: 1500, maxResponseBytes: 512 * 1024 })
  return createPasswordJudge({
    url: passwordRangeUrl,
    fetch: outbound.fetch,
    // The address stays out of the log: it ends with five digits of the password's digest.
    onUnavailable: (error) =>
      log.warn(
        { reason: error instanceof Error ? error.message : 'unknown' },
        'the service of leaked passwords could not be asked; a new password was judged without it',
      ),
  })
}
