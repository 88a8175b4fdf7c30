/**
 * The prompt between the sign-in and the consent: whether more has to be proven than the password. What is demanded comes
 * from the request (`acr_values`, the claim `acr`), the app, the APIs it names, and the installation; what is due then is
 * decided in the second factors' room. RFC 9470 needs nothing else: a step-up is a request that demands more.
 */
import { z } from 'zod'
import { errors, interactionPolicy } from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Directory } from '../domain/credentials/directory.ts'
import { levelOf, reaches, strongerOf, weakestOf } from '../domain/second-factors/levels.ts'
import type { AuthenticationLevel } from '../domain/second-factors/levels.ts'
import { secondFactorDue } from '../domain/second-factors/required.ts'
import type {
  EnrolledFactors,
  SecondFactorDue,
  SecondFactorPolicy,
} from '../domain/second-factors/required.ts'
import { textParameter } from './request-state.ts'

/** The name of the prompt, and of the member of an interaction's result that says what was proven. */
export const secondFactor = 'second_factor'

// As long as the person's own page takes a sign-in for fresh.
const enrolWithinSeconds = 600

/** What the prompt asks others. */
export interface SecondFactorQuestions {
  readonly directory: Pick<Directory, 'account' | 'api'>
  readonly policy: () => SecondFactorPolicy
  readonly factorsOf: (accountId: string) => Promise<EnrolledFactors>
  readonly isDeviceTrusted: (ctx: KoaContextWithOIDC, accountId: string) => Promise<boolean>
}

/** The prompt. Its error is the one apps know to answer by sending the person here. */
export function secondFactorPrompt(questions: SecondFactorQuestions): interactionPolicy.Prompt {
  const { Check, Prompt } = interactionPolicy
  return new Prompt(
    { name: secondFactor },
    async (ctx) => ({ demanded: await demandedLevel(questions, ctx) }),
    new Check(
      'second_factor_due',
      'a second factor is required',
      'login_required',
      async (ctx) => (await dueNow(questions, ctx)) !== 'no',
    ),
  )
}

/**
 * Whoever sets up a second factor has signed in just before (ASVS 7.5.1): otherwise a browser that was left open for a minute
 * would be worth an account. Somebody with a factor proves that one, however long ago the password was entered.
 */
export function tooOldToEnrol(questions: SecondFactorQuestions): interactionPolicy.Check {
  const reason = 'sign_in_too_old_to_enrol'
  return new interactionPolicy.Check(reason, 'a fresh sign-in is required', 'login_required', async (ctx) => {
    const { session, result } = ctx.oidc
    if (session?.accountId === undefined || result?.login !== undefined) return false
    return session.past(enrolWithinSeconds) && (await dueNow(questions, ctx)) === 'enrol'
  })
}

async function dueNow(questions: SecondFactorQuestions, ctx: KoaContextWithOIDC): Promise<SecondFactorDue> {
  const { session } = ctx.oidc
  const accountId = session?.accountId
  const account = accountId === undefined ? undefined : await questions.directory.account(accountId)
  // Without an account nothing of this applies, and nothing is issued: the sign-in is asked for before.
  if (accountId === undefined || account === undefined) return 'prove'
  const demanded = await demandedLevel(questions, ctx)
  const acr = levelOf(session?.acr)
  const [enrolled, deviceTrusted] = await Promise.all([
    questions.factorsOf(accountId),
    questions.isDeviceTrusted(ctx, accountId),
  ])
  const policy = questions.policy()
  const due = secondFactorDue({
    acr,
    enrolled,
    isAdministrator: account.administrator,
    demanded,
    policy,
    deviceTrusted,
  })
  if (due === 'no') sayAsAsked(ctx, acr, demanded)
  return due
}

/** The least that the sign-in must have proven for this very request; undefined if anything will do. */
async function demandedLevel(
  questions: SecondFactorQuestions,
  ctx: KoaContextWithOIDC,
): Promise<AuthenticationLevel | undefined> {
  const registered = z.array(z.string()).catch([]).parse(ctx.oidc.client?.['defaultAcrValues'])
  const ofApis = await Promise.all(
    Object.keys(ctx.oidc.resourceServers ?? {}).map(
      async (identifier) => (await questions.directory.api(identifier))?.minimumAcr,
    ),
  )
  // What an app registered is its least: a parameter in the person's own address bar does not lower it.
  const wanted = [weakestOf(knownLevels(registered)), weakestOf(requestedLevels(ctx)), ...ofApis]
  return wanted.reduce(strongerOf, undefined)
}

/** The levels that the request names, any of which will do; names that are not ours are wishes we cannot meet. */
function requestedLevels(ctx: KoaContextWithOIDC): AuthenticationLevel[] {
  const essential = essentialAcr(ctx)
  if (essential === undefined) return knownLevels(acrValues(ctx))
  const levels = knownLevels(essential)
  // OpenID Connect Core §5.5.1.1: an essential acr that cannot be met is a failed sign-in, never a weaker one.
  if (levels.length === 0) {
    throw new errors.UnmetAuthenticationRequirements('none of the requested ACRs could be obtained')
  }
  return levels
}

const acrRequest = z.object({
  id_token: z.object({
    acr: z.object({
      essential: z.literal(true),
      value: z.string().optional(),
      values: z.array(z.string()).optional(),
    }),
  }),
})

const malformedAcrRequest = z.object({
  id_token: z.object({ acr: z.object({ essential: z.literal(true), values: z.unknown() }) }),
})

/** From the parameter itself: the library's own reading of it is replaced where `acr_values` are sent as well. */
function essentialAcr(ctx: KoaContextWithOIDC): readonly string[] | undefined {
  const claims = textParameter(ctx.oidc.params, 'claims')
  const parsed: unknown = claims === undefined ? undefined : JSON.parse(claims)
  const request = acrRequest.safeParse(parsed)
  if (!request.success) {
    if (malformedAcrRequest.safeParse(parsed).success)
      throw new errors.InvalidRequest('invalid claims.id_token.acr')
    return undefined
  }
  const { value, values } = request.data.id_token.acr
  if (value === undefined && values === undefined) return undefined
  return [...(value === undefined ? [] : [value]), ...(values ?? [])]
}

function acrValues(ctx: KoaContextWithOIDC): readonly string[] {
  return (textParameter(ctx.oidc.params, 'acr_values') ?? '').split(' ').filter(Boolean)
}

function knownLevels(names: readonly string[]): AuthenticationLevel[] {
  return names.map(levelOf).filter((level) => level !== undefined)
}

/**
 * Apps and APIs compare `acr` with what they asked for, letter by letter. Each level includes those below it, so the
 * strongest they named that was reached is true as well, and is what they are told.
 */
function sayAsAsked(
  ctx: KoaContextWithOIDC,
  acr: AuthenticationLevel | undefined,
  demanded: AuthenticationLevel | undefined,
): void {
  const named = knownLevels([...(essentialAcr(ctx) ?? []), ...acrValues(ctx)])
  const reached = named.filter((level) => reaches(acr, level)).reduce(strongerOf, undefined)
  if (reached === undefined || (demanded !== undefined && !reaches(reached, demanded))) return
  Object.defineProperty(ctx.oidc, 'acr', { value: reached, configurable: true })
}
