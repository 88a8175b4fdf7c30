/** Second factors of accounts: what there is, and taking one or all of them from somebody who lost them. */
import { z } from 'zod'
import { requireMayChange } from '../../domain/administration/permissions.ts'
import { listPasskeys } from '../../domain/second-factors/passkeys.ts'
import { unknownFactor } from '../../domain/second-factors/remove-factor.ts'
import { enrolledFactors } from '../../domain/second-factors/second-factors.ts'
import { findTotp } from '../../domain/second-factors/totp.ts'
import { takeAllFactors, takeFactor } from '../../oidc/taken-factors.ts'
import { accountParams, requireAccount } from './accounts.ts'
import { factorText, truthText } from './ids.ts'
import { iso, maybeTime, time } from './json.ts'
import { defineRoute } from './route.ts'
import type { Route } from './route.ts'

const list = defineRoute({
  id: 'show_second_factors',
  tag: 'Accounts',
  method: 'GET',
  path: '/accounts/{account_id}/second-factors',
  summary: 'Shows the second factors of an account, and nothing that proves one.',
  scope: 'accounts:read',
  params: accountParams,
  status: 200,
  answer: z.strictObject({
    authenticator_app: z
      .strictObject({ created_at: time, last_used_at: maybeTime, disabled_at: maybeTime })
      .nullable(),
    passkeys: z.array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        kind: z.enum(['synchronised', 'device_bound']),
        created_at: time,
        last_used_at: maybeTime,
      }),
    ),
    recovery_codes_left: z.int(),
  }),
  handle: async ({ db, params: { account_id: id } }) => {
    await requireAccount(db, id)
    const [app, passkeys, { recoveryCodesLeft }] = await Promise.all([
      findTotp(db, id),
      listPasskeys(db, id),
      enrolledFactors(db, id),
    ])
    return {
      body: {
        authenticator_app:
          app === undefined
            ? null
            : {
                created_at: iso(app.createdAt),
                last_used_at: iso(app.lastUsedAt),
                disabled_at: iso(app.disabledAt),
              },
        passkeys: passkeys.map(({ createdAt, lastUsedAt, ...passkey }) => ({
          ...passkey,
          created_at: iso(createdAt),
          last_used_at: iso(lastUsedAt),
        })),
        recovery_codes_left: recoveryCodesLeft,
      },
    }
  },
})

const takeAll = defineRoute({
  id: 'remove_second_factors',
  tag: 'Accounts',
  method: 'DELETE',
  path: '/accounts/{account_id}/second-factors',
  summary: 'Takes all second factors from an account and ends its sessions, grants and tokens.',
  scope: 'accounts:write',
  fresh: true,
  params: accountParams,
  status: 204,
  handle: async ({ db, params: { account_id: id }, caller, act }) => {
    await requireAccount(db, id)
    await requireMayChange(db, caller.scopes, { type: 'account', id })
    await takeAllFactors(db, { accountId: id }, act)
    return { changed: [{ kind: 'account', id }] }
  },
})

const take = defineRoute({
  id: 'remove_second_factor',
  tag: 'Accounts',
  method: 'DELETE',
  path: '/accounts/{account_id}/second-factors/{factor}',
  summary: 'Takes one second factor from an account and ends its sessions, grants and tokens.',
  scope: 'accounts:write',
  fresh: true,
  params: { ...accountParams, factor: factorText },
  query: {
    keep_sessions: truthText
      .optional()
      .describe(
        'Leaves sessions, grants and tokens as they are; without any second factor left they end nevertheless.',
      ),
  },
  status: 204,
  handle: async ({ db, params: { account_id: id, factor }, query, caller, act }) => {
    await requireAccount(db, id)
    await requireMayChange(db, caller.scopes, { type: 'account', id })
    const taken = { accountId: id, factor, keepsSessions: query.keep_sessions === true }
    if ((await takeFactor(db, taken, act)) === 'not_found') throw unknownFactor()
    return { changed: [{ kind: 'account', id }] }
  },
})

/** The routes about second factors. */
export const accountFactorRoutes: readonly Route[] = [list, takeAll, take]
