import type { Context } from 'koa'
import type { Provider } from 'oidc-provider'
import { z } from 'zod'
import type { Account } from '../../domain/accounts/account.ts'
import { claimsOfScope } from '../../domain/accounts/claims.ts'
import type { Client } from '../../domain/clients/client.ts'
import type { Act } from '../../domain/audit/act.ts'
import { record } from '../../domain/audit/record.ts'
import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import { readForm } from '../../platform/http/form.ts'
import { addToGrant } from '../../oidc/consent.ts'
import type { Directory } from '../../domain/credentials/directory.ts'
import { rememberConsent } from '../../oidc/grants.ts'
import type { Consent } from '../../oidc/grants.ts'
import { joinTransaction } from '../../oidc/join.ts'
import { textParameter } from '../../oidc/request-state.ts'
import { consentPage } from '../../../views/sign-in/consent-page.ts'
import type { ConsentScope } from '../../../views/sign-in/consent-scopes.ts'
import type { Pages } from '../pages.ts'
import { askWhoItIs, finish } from './interaction.ts'
import type { Interaction } from './interaction.ts'

/** What the consent step needs. */
export interface ConsentStep {
  readonly db: Database
  readonly pages: Pages
  readonly directory: Directory
}

const form = z.object({ decision: z.enum(['allow', 'deny', 'switch']) })

const promptDetails = z.object({
  missingOIDCScope: z.array(z.string()).default([]),
  missingOIDCClaims: z.array(z.string()).default([]),
  missingResourceScopes: z.record(z.string(), z.array(z.string())).default({}),
})

/** Shows who asks for what. */
export async function showConsent(step: ConsentStep, ctx: Context, interaction: Interaction): Promise<void> {
  const { client, account } = await partiesOf(step, interaction)
  const { metadata } = client
  const page = consentPage({
    ...step.pages.propsFor(ctx, textParameter(interaction.params, 'ui_locales')),
    action: `/sign-in/${interaction.uid}/consent`,
    client: {
      name: client.name,
      uri: metadata.client_uri,
      policyUri: metadata.policy_uri,
      tosUri: metadata.tos_uri,
      redirectHost: URL.parse(textParameter(interaction.params, 'redirect_uri') ?? '')?.host ?? '',
      firstParty: client.firstParty,
    },
    account: { name: account.claims.name, email: account.email },
    scopes: await scopesOf(step, interaction),
    offline: requestedScopes(interaction).includes('offline_access'),
  })
  step.pages.send(ctx, page)
}

/** Takes the decision. */
export async function submitConsent(
  step: ConsentStep,
  { ctx, act, provider }: { readonly ctx: Context; readonly act: Act; readonly provider: Provider },
  interaction: Interaction,
): Promise<void> {
  const input = form.safeParse(await readForm(ctx))
  if (!input.success) return showConsent(step, ctx, interaction)
  const { client, account } = await partiesOf(step, interaction)
  const byAccount: Act = { ...act, actor: { type: 'account', id: account.id } }
  switch (input.data.decision) {
    case 'allow':
      return allow(step, { ctx, act: byAccount, provider }, { interaction, client, account })
    case 'deny':
      return deny(step, { ctx, act: byAccount, provider }, client)
    case 'switch':
      return askWhoItIs(provider, ctx, interaction)
  }
}

interface Parties {
  readonly interaction: Interaction
  readonly client: Client
  readonly account: Account
}

/** The grant, the memory of it, its event and the way on commit together. */
async function allow(
  { db }: ConsentStep,
  { ctx, act, provider }: { ctx: Context; act: Act; provider: Provider },
  { interaction, client, account }: Parties,
): Promise<void> {
  const ids = { accountId: account.id, clientId: client.id }
  const consent = askedFor(interaction)
  await joinTransaction(db, async (trx) => {
    const known =
      interaction.grantId === undefined ? undefined : await provider.Grant.find(interaction.grantId)
    const isTheirs = known?.accountId === ids.accountId && known.clientId === ids.clientId
    const grant = isTheirs ? known : new provider.Grant(ids)
    addToGrant(grant, consent)
    const grantId = await grant.save()
    await rememberConsent(trx, { ...ids, consent }, act)
    await finish(provider, ctx, { consent: { grantId } })
  })
}

async function deny(
  { db }: ConsentStep,
  { ctx, act, provider }: { ctx: Context; act: Act; provider: Provider },
  client: Client,
): Promise<void> {
  await joinTransaction(db, async (trx) => {
    await record(trx, { type: 'consent.refused', target: { type: 'client', id: client.id } }, act)
    await finish(provider, ctx, { error: 'access_denied', error_description: 'the request was denied' })
  })
}

async function partiesOf(
  { directory }: ConsentStep,
  interaction: Interaction,
): Promise<{ client: Client; account: Account }> {
  const accountId = interaction.session?.accountId
  const [client, account] = await Promise.all([
    directory.client(textParameter(interaction.params, 'client_id') ?? ''),
    accountId === undefined ? undefined : directory.account(accountId),
  ])
  if (client === undefined || account === undefined) {
    throw new Refusal('invalid_request', 'This sign-in cannot go on. Go back to the app and start again.')
  }
  return { client, account }
}

function askedFor(interaction: Interaction): Consent {
  const missing = promptDetails.parse(interaction.prompt.details)
  return {
    oidcScope: missing.missingOIDCScope.join(' '),
    oidcClaims: missing.missingOIDCClaims.join(' '),
    resourceScopes: Object.fromEntries(
      Object.entries(missing.missingResourceScopes).map(([resource, scopes]) => [resource, scopes.join(' ')]),
    ),
  }
}

async function scopesOf({ directory }: ConsentStep, interaction: Interaction): Promise<ConsentScope[]> {
  const missing = promptDetails.parse(interaction.prompt.details)
  const byClaim = scopesOfClaims(missing.missingOIDCClaims)
  const identity = [...new Set([...requestedScopes(interaction), ...byClaim])]
    .filter((name) => identityScopes.has(name))
    .map((name) => ({ name, isNew: missing.missingOIDCScope.includes(name) || byClaim.includes(name) }))
  const resources = await Promise.all(
    resourcesOf(interaction).map(async (identifier) => {
      const api = await directory.api(identifier)
      const added = missing.missingResourceScopes[identifier] ?? []
      return added.map((name) => ({
        name,
        apiName: api?.name ?? identifier,
        description: api?.scopes.find((scope) => scope.name === name)?.description,
        isNew: true,
      }))
    }),
  )
  return [...identity, ...resources.flat()]
}

/**
 * OpenID Connect Core §5.5: a claim can be asked for without its scope. The person is told of it in the words of that scope,
 * which say at least as much.
 */
function scopesOfClaims(claims: readonly string[]): string[] {
  return Object.entries(claimsOfScope).flatMap(([scope, ofScope]) =>
    ofScope.some((claim) => claims.includes(claim)) ? [scope] : [],
  )
}

const identityScopes = new Set(['openid', 'profile', 'email', 'address', 'phone', 'offline_access'])

function requestedScopes(interaction: Interaction): string[] {
  return (textParameter(interaction.params, 'scope') ?? '').split(' ').filter(Boolean)
}

function resourcesOf(interaction: Interaction): string[] {
  const { resource } = interaction.params
  return (Array.isArray(resource) ? resource : [resource]).filter((item) => typeof item === 'string')
}
