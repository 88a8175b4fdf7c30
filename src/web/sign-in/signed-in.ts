import type { Context } from 'koa'
import type { Provider } from 'oidc-provider'
import type { Act } from '../../domain/audit/act.ts'
import { record } from '../../domain/audit/record.ts'
import type { AuthenticationLevel } from '../../domain/second-factors/levels.ts'
import type { Database } from '../../platform/db/open.ts'
import { joinTransaction } from '../../oidc/join.ts'
import { textParameter } from '../../oidc/request-state.ts'
import { finish } from './interaction.ts'
import type { Interaction } from './interaction.ts'

/** Who proved to be who, how (RFC 8176), and how strongly. */
export interface Proof {
  readonly accountId: string
  readonly amr: readonly string[]
  readonly acr: AuthenticationLevel
  /** Asked in the transaction that ends the step, if what was proven may have changed since. */
  readonly holdsStill?: (transaction: Database) => Promise<boolean>
}

/** Ends the step in which somebody proved who they are: the event and the way on commit together, or nothing does. */
export async function finishSignIn(
  db: Database,
  { ctx, act, provider }: { readonly ctx: Context; readonly act: Act; readonly provider: Provider },
  interaction: Interaction,
  { accountId, amr, acr, holdsStill }: Proof,
): Promise<'finished' | 'no_longer'> {
  return joinTransaction(db, async (trx) => {
    if (holdsStill !== undefined && !(await holdsStill(trx))) return 'no_longer'
    await record(
      trx,
      {
        type: 'sign_in.succeeded',
        target: { type: 'account', id: accountId },
        details: { amr, client_id: textParameter(interaction.params, 'client_id') },
      },
      { ...act, actor: { type: 'account', id: accountId } },
    )
    // Said now, because consent may take its time and the library would then count from there (`auth_time`).
    const ts = Math.floor(act.now.getTime() / 1000)
    await finish(provider, ctx, { login: { accountId, acr, amr: [...amr], ts } })
    return 'finished'
  })
}
