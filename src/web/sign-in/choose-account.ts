/**
 * Choosing between the accounts of one browser. There is one session a browser: going on as the account that is signed in is
 * going on; any other signs in, and finds its name filled in.
 */
import type { Context } from 'koa'
import type { Provider } from 'oidc-provider'
import { readForm } from '../../platform/http/form.ts'
import type { Directory } from '../../domain/credentials/directory.ts'
import type { Account } from '../../domain/accounts/account.ts'
import { selectAccount } from '../../oidc/select-account.ts'
import { textParameter } from '../../oidc/request-state.ts'
import { chooseAccountPage } from '../../../views/sign-in/choose-account-page.ts'
import type { BrowserAccounts } from '../browser-accounts.ts'
import type { Pages } from '../pages.ts'
import { askWhoItIs, finish } from './interaction.ts'
import type { Interaction } from './interaction.ts'

/** What the choice needs. */
export interface ChooseAccountStep {
  readonly pages: Pages
  readonly directory: Directory
  readonly browserAccounts: BrowserAccounts
}

interface Answering {
  readonly ctx: Context
  readonly provider: Provider
}

/** Shows the accounts of this browser; where there is none to choose, the request goes on. */
export async function showAccounts(
  step: ChooseAccountStep,
  { ctx, provider }: Answering,
  interaction: Interaction,
): Promise<void> {
  const accounts = await accountsOf(step, ctx, interaction)
  if (accounts.length === 0) return goOn({ ctx, provider }, interaction)
  const client = await step.directory.client(textParameter(interaction.params, 'client_id') ?? '')
  const page = chooseAccountPage({
    ...step.pages.propsFor(ctx, textParameter(interaction.params, 'ui_locales')),
    action: `/sign-in/${interaction.uid}/accounts`,
    cancelAction: `/sign-in/${interaction.uid}/cancel`,
    clientName: client?.name,
    accounts: accounts.map((account) => ({
      id: account.id,
      name: account.claims.name,
      email: account.email,
      isSignedIn: account.id === interaction.session?.accountId,
    })),
  })
  step.pages.send(ctx, page)
}

/** Takes the choice: an account of the list, another one, or one to be taken from the list. */
export async function submitAccount(
  step: ChooseAccountStep,
  { ctx, provider }: Answering,
  interaction: Interaction,
): Promise<void> {
  const form = await readForm(ctx)
  if (form['remove'] !== undefined) {
    await step.browserAccounts.forget(ctx, form['remove'])
    return seeOther(ctx, `/sign-in/${interaction.uid}/accounts`)
  }
  if (form['other'] !== undefined) return askWhoItIs(provider, ctx, interaction)
  // Only who is on the list of this browser can be chosen: nobody learns an address by sending an id.
  const chosen = (await accountsOf(step, ctx, interaction)).find(({ id }) => id === form['account'])
  if (chosen === undefined) return seeOther(ctx, `/sign-in/${interaction.uid}/accounts`)
  if (chosen.id === interaction.session?.accountId) return goOn({ ctx, provider }, interaction)
  return askWhoItIs(provider, ctx, interaction, chosen.email)
}

/** "Use another account": the list, if it has anybody else, and otherwise the sign-in page. */
export async function offerOtherAccounts(
  step: ChooseAccountStep,
  { ctx, provider }: Answering,
  interaction: Interaction,
): Promise<void> {
  const accounts = await accountsOf(step, ctx, interaction)
  if (accounts.some(({ id }) => id !== interaction.session?.accountId))
    return seeOther(ctx, `/sign-in/${interaction.uid}/accounts`)
  return askWhoItIs(provider, ctx, interaction)
}

/** Who is signed in comes first, and may be here for longer than the list remembers. */
async function accountsOf(
  { browserAccounts, directory }: ChooseAccountStep,
  ctx: Context,
  interaction: Interaction,
): Promise<readonly Account[]> {
  const current = interaction.session?.accountId
  const [listed, signedIn] = await Promise.all([
    browserAccounts.list(ctx),
    current === undefined ? undefined : directory.account(current),
  ])
  const others = listed.filter(({ id }) => id !== current)
  return signedIn === undefined ? others : [signedIn, ...others]
}

/** The request goes on as it is: the prompt is answered, or its step is shown again. */
async function goOn({ ctx, provider }: Answering, interaction: Interaction): Promise<void> {
  if (interaction.prompt.name !== selectAccount) return seeOther(ctx, `/sign-in/${interaction.uid}`)
  return finish(provider, ctx, { [selectAccount]: {} })
}

function seeOther(ctx: Context, path: string): void {
  ctx.status = 303
  ctx.redirect(path)
}
