import type { Context } from 'koa'
import type { Grant, Provider } from 'oidc-provider'
import { z } from 'zod'
import type { Account } from '../../domain/accounts/account.ts'
import type { Client } from '../../domain/clients/client.ts'
import type { Act } from '../../domain/audit/act.ts'
import { record } from '../../domain/audit/record.ts'
import { readFormPairs } from '../../platform/http/form.ts'
import { agreeTo, refuseIn } from '../../oidc/consent.ts'
import { deviceConfirmation } from '../../oidc/device-prompt.ts'
import { refuseDevice } from '../../oidc/device-requests.ts'
import type { Directory } from '../../domain/credentials/directory.ts'
import { rememberConsent } from '../../oidc/grants.ts'
import { joinTransaction } from '../../oidc/join.ts'
import { textParameter } from '../../oidc/request-state.ts'
import { consentPage } from '../../../views/sign-in/consent-page.ts'
import type { BrowserAccounts } from '../browser-accounts.ts'
import type { ClientLogos } from '../client-logos.ts'
import type { Pages } from '../pages.ts'
import { deviceOf, isOffline, signInEnded } from './consent-device.ts'
import type { DeviceParts } from './consent-device.ts'
import { scopesOf } from './consent-scopes.ts'
import { boxesOf, parted, wishesOf } from './consent-wishes.ts'
import { offerOtherAccounts } from './choose-account.ts'
import { finish } from './interaction.ts'
import type { Interaction } from './interaction.ts'

/** What the consent step needs. */
export interface ConsentStep extends DeviceParts {
  readonly pages: Pages
  readonly directory: Directory
  readonly browserAccounts: BrowserAccounts
  readonly logos: ClientLogos
  /** How long an app keeps its access while the person is away. */
  readonly offlineSeconds: () => number
}

/** One request that brings an answer of the person. */
export interface Visit {
  readonly ctx: Context
  readonly act: Act
  readonly provider: Provider
}

const form = z.object({
  decision: z.enum(['allow', 'deny', 'switch']),
  /** The boxes that stood in the page, and those that were ticked. */
  offered: z.array(z.string()),
  scope: z.array(z.string()),
})

/** Shows who asks for what. */
export async function showConsent(
  step: ConsentStep,
  { ctx, provider }: Pick<Visit, 'ctx' | 'provider'>,
  interaction: Interaction,
): Promise<void> {
  const parties = await partiesOf(step, provider, interaction)
  const { client, account, grant } = parties
  const { metadata } = client
  const wishes = wishesOf(interaction, grant)
  const [scopes, logoPath, device] = await Promise.all([
    scopesOf(step.directory, interaction, { ...parties, wishes }),
    step.logos.pathOf(client),
    deviceOf(step, interaction),
  ])
  const page = consentPage({
    ...step.pages.propsFor(ctx, textParameter(interaction.params, 'ui_locales')),
    action: `/sign-in/${interaction.uid}/consent`,
    client: {
      name: client.name,
      logoUri: logoPath,
      uri: metadata.client_uri,
      policyUri: metadata.policy_uri,
      tosUri: metadata.tos_uri,
      ...targetOf(textParameter(interaction.params, 'redirect_uri')),
      firstParty: client.firstParty,
      verified: client.verified,
    },
    account: { name: account.claims.name, email: account.email },
    scopes,
    offline: isOffline(client, interaction),
    offlineSeconds: step.offlineSeconds(),
    device,
  })
  step.pages.send(ctx, page)
}

/** Takes the decision. */
export async function submitConsent(
  step: ConsentStep,
  visit: Visit,
  interaction: Interaction,
): Promise<void> {
  const { ctx, act, provider } = visit
  const input = form.safeParse(formOf(await readFormPairs(ctx)))
  if (!input.success) return showConsent(step, visit, interaction)
  const parties = await partiesOf(step, provider, interaction)
  const byAccount: Visit = { ...visit, act: { ...act, actor: { type: 'account', id: parties.account.id } } }
  switch (input.data.decision) {
    case 'allow': {
      const wishes = wishesOf(interaction, parties.grant)
      const boxes = boxesOf(wishes, parties.client.optionalScopes)
      // What may be refused changed since the page was made: what the person saw is not what would be decided.
      if (boxes.join(' ') !== input.data.offered.toSorted().join(' '))
        return showConsent(step, visit, interaction)
      const refused = new Set(boxes.filter((name) => !input.data.scope.includes(name)))
      return allow(step, byAccount, { ...parties, interaction, ...parted(wishes, refused) })
    }
    case 'deny':
      return deny(step, byAccount, { client: parties.client, interaction })
    case 'switch':
      return offerOtherAccounts(step, visit, interaction)
  }
}

interface Parties {
  readonly client: Client
  readonly account: Account
  /** What this person's session at this client may do already. */
  readonly grant: Grant | undefined
}

type Decided = Parties & { readonly interaction: Interaction } & ReturnType<typeof parted>

/** The grant, the memory of it, its event and the way on commit together. */
async function allow(
  { db }: ConsentStep,
  { ctx, act, provider }: Visit,
  { client, account, grant: known, agreed, refused }: Decided,
): Promise<void> {
  const ids = { accountId: account.id, clientId: client.id }
  await joinTransaction(db, async (trx) => {
    const grant = known ?? new provider.Grant(ids)
    agreeTo(grant, agreed)
    refuseIn(grant, refused)
    const grantId = await grant.save()
    await rememberConsent(trx, { ...ids, consent: agreed }, act)
    await finish(provider, ctx, { consent: { grantId }, [deviceConfirmation]: { accountId: account.id } })
  })
}

const denied = { error: 'access_denied', description: 'the request was denied' } as const

async function deny(
  { db }: ConsentStep,
  { ctx, act, provider }: Visit,
  { client, interaction }: Pick<Decided, 'client' | 'interaction'>,
): Promise<void> {
  await joinTransaction(db, async (trx) => {
    const { deviceCode: reference } = interaction
    // At once, and not when the browser comes back: an answer of the same moment that allows must not win (T48).
    if (reference !== undefined) await refuseDevice(trx, { reference, ...denied }, act)
    await record(trx, { type: 'consent.refused', target: { type: 'client', id: client.id } }, act)
    await finish(provider, ctx, { error: denied.error, error_description: denied.description })
  })
}

async function partiesOf(
  { directory }: ConsentStep,
  provider: Provider,
  interaction: Interaction,
): Promise<Parties> {
  const accountId = interaction.session?.accountId
  const { grantId } = interaction
  const [client, account, grant] = await Promise.all([
    directory.client(textParameter(interaction.params, 'client_id') ?? ''),
    accountId === undefined ? undefined : directory.account(accountId),
    grantId === undefined ? undefined : provider.Grant.find(grantId),
  ])
  if (client === undefined || account === undefined) {
    throw signInEnded()
  }
  const isTheirs = grant?.accountId === account.id && grant.clientId === client.id
  return { client, account, grant: isTheirs ? grant : undefined }
}

/** Where the answer goes: a host, or for a native app the device itself. */
function targetOf(redirectUri: string | undefined): { redirectHost: string; onDevice: boolean } {
  const url = URL.parse(redirectUri ?? '')
  if (url === null) return { redirectHost: '', onDevice: false }
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:'
  return isWeb
    ? { redirectHost: url.host, onDevice: url.protocol === 'http:' }
    : { redirectHost: url.protocol.slice(0, -1), onDevice: true }
}

/** A field that comes once is a text, and those of the boxes are lists. */
function formOf(pairs: readonly (readonly [string, string])[]): Record<string, unknown> {
  const all = (wanted: string) => pairs.filter(([name]) => name === wanted).map(([, value]) => value)
  const [decision, ...more] = all('decision')
  return {
    decision: more.length === 0 ? decision : undefined,
    offered: all('offered'),
    scope: all('scope'),
  }
}
