/** A device without a browser (RFC 8628), and the person who lets it in. */
import { sql } from 'kysely'
import { sha256 } from '../../src/platform/crypto/digest.ts'
import { answerConsent, asks, submitSignIn } from './browser-like.ts'
import type { Browser, Place } from './browser.ts'
import { postAs, textOf } from './oauth.ts'
import type { Answer, Caller } from './oauth.ts'
import type { TestAccount, World } from './world.ts'

/** The name of the grant. */
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/** Metadata of an app on a television or in a terminal. */
export const deviceMetadata = {
  client_name: 'Living room',
  grant_types: [deviceGrant, 'refresh_token'],
  token_endpoint_auth_method: 'none',
}

/** What a device was given to show and to poll with. */
export interface DeviceCodes {
  readonly deviceCode: string
  readonly userCode: string
  readonly answer: Answer
}

/** Asks for codes (§3.1); everything must work. */
export async function askForCodes(
  world: Pick<World, 'issuer'>,
  caller: Caller,
  form: Readonly<Record<string, string>> = {},
): Promise<DeviceCodes> {
  const answer = await postAs(world, caller, { path: '/oauth/device', form: { scope: 'openid', ...form } })
  if (answer.status !== 200) throw new Error(`no codes: ${answer.status} ${answer.text}`)
  return { deviceCode: textOf(answer, 'device_code'), userCode: textOf(answer, 'user_code'), answer }
}

/** Asks for the tokens (§3.4). `at` names another instance than the first. */
export function poll(
  world: Pick<World, 'issuer'>,
  caller: Caller,
  deviceCode: string,
  {
    at,
    form = {},
    headers,
  }: {
    readonly at?: string
    readonly form?: Readonly<Record<string, string>>
    readonly headers?: Record<string, string>
  } = {},
): Promise<Answer> {
  return postAs(world, caller, {
    path: '/oauth/token',
    form: { grant_type: deviceGrant, device_code: deviceCode, ...form },
    ...(at !== undefined && { at }),
    ...(headers !== undefined && { headers }),
  })
}

/** Types a code on the page for it. */
export async function typeCode(browser: Browser, userCode: string): Promise<Place> {
  const page = await browser.visit('/device')
  return browser.submit(page, { action: '/device', fields: { user_code: userCode } })
}

/** Types the code and signs in, up to the page that asks whether the device is let in. */
export async function reachConfirmation(
  browser: Browser,
  userCode: string,
  account: Pick<TestAccount, 'email' | 'password'>,
): Promise<Place> {
  let place = await typeCode(browser, userCode)
  if (asks(place, '/login')) place = await submitSignIn(browser, place, account)
  if (!asks(place, '/consent')) throw new Error(`no confirmation: ${place.trail.join(', ')} ${place.html}`)
  return place
}

/** The whole of what the person does. */
export async function letIn(
  browser: Browser,
  userCode: string,
  account: Pick<TestAccount, 'email' | 'password'>,
): Promise<Place> {
  return answerConsent(browser, await reachConfirmation(browser, userCode, account), 'allow')
}

/** Lets time pass for one device code alone: for its end, and since it was polled. */
export async function ageCode(world: Pick<World, 'db'>, deviceCode: string, seconds: number): Promise<void> {
  const { numAffectedRows } = await sql`with aged as (
      update device_codes set expires_at = expires_at - make_interval(secs => ${seconds}),
        polled_at = polled_at - make_interval(secs => ${seconds}) where id_hash = ${sha256(deviceCode)} returning id_hash)
    update oidc_artifacts a set expires_at = expires_at - make_interval(secs => ${seconds}),
      payload = payload || jsonb_build_object('exp', (payload ->> 'exp')::int - ${seconds}::int)
    from aged where a.id_hash = aged.id_hash`.execute(world.db)
  if (numAffectedRows !== 1n) throw new Error('there is no such device code')
}
