/** The form of an API key: what was typed, what it means, and what is wrong with it, field by field. */
import { newApiKey } from '../../domain/api-keys/input.ts'
import type { NewApiKey } from '../../domain/api-keys/input.ts'
import { keyExpiries } from '../../../views/admin/key-form.ts'
import type { KeyFormProblems, KeyFormValues } from '../../../views/admin/key-form.ts'
import { fillText } from '../../../views/messages/messages.ts'
import type { Messages } from '../../../views/messages/messages.ts'
import type { OwnForm } from '../own-session.ts'

const { shape } = newApiKey
const mostAddresses = 50
const dayMilliseconds = 86_400_000

/** What a form says of a key; `keep` leaves the end of one that is there as it is. */
export type KeySettings = Pick<NewApiKey, 'name' | 'scopes' | 'allowedAddresses' | 'rateLimit' | 'quota'> & {
  readonly expiresAt: Date | 'never' | 'keep'
}

/** A form that was read: settings if nothing is wrong with it. */
export interface KeyFormRead {
  readonly values: KeyFormValues
  readonly problems: KeyFormProblems
  readonly settings: KeySettings | undefined
}

/** What the form of a new key shows before anybody typed. */
export const emptyKeyForm: KeyFormValues = {
  name: '',
  scopes: [],
  expiry: '90',
  addresses: '',
  rateRequests: '',
  rateSeconds: '',
  rateBurst: '',
  quotaRequests: '',
  quotaPeriod: '',
}

/** Reads a form. */
export function readKeyForm(
  form: OwnForm,
  { messages, now, mayKeep }: { readonly messages: Messages; readonly now: Date; readonly mayKeep: boolean },
): KeyFormRead {
  const values = valuesOf(form)
  const { consoleKeyForm: texts } = messages
  const name = shape.name.safeParse(values.name.trim())
  const scopes = shape.scopes.safeParse(values.scopes)
  const expiresAt = readExpiry(values.expiry, now, mayKeep)
  const addresses = readAddresses(values.addresses, texts)
  const rate = readRate(values)
  const quota = readQuota(values)
  const hasScopes = scopes.success && scopes.data.length > 0
  const problems: KeyFormProblems = {
    ...(!name.success && { name: texts.nameProblem }),
    ...(!hasScopes && { scopes: texts.scopesProblem }),
    ...(expiresAt === undefined && { expiry: texts.expiryProblem }),
    ...('problem' in addresses && { addresses: addresses.problem }),
    ...(rate === 'wrong' && { rate: texts.rateProblem }),
    ...(quota === 'wrong' && { quota: texts.quotaProblem }),
  }
  if (!name.success || !hasScopes || expiresAt === undefined) return { values, problems, settings: undefined }
  if ('problem' in addresses || rate === 'wrong' || quota === 'wrong') {
    return { values, problems, settings: undefined }
  }
  const settings: KeySettings = {
    name: name.data,
    scopes: scopes.data,
    expiresAt,
    allowedAddresses: addresses.ranges,
    rateLimit: rate,
    quota,
  }
  return { values, problems, settings }
}

function valuesOf({ fields, all }: OwnForm): KeyFormValues {
  return {
    name: fields['name'] ?? '',
    scopes: all('scope'),
    expiry: fields['expiry'] ?? '',
    addresses: fields['addresses'] ?? '',
    rateRequests: (fields['rate_requests'] ?? '').trim(),
    rateSeconds: (fields['rate_seconds'] ?? '').trim(),
    rateBurst: (fields['rate_burst'] ?? '').trim(),
    quotaRequests: (fields['quota_requests'] ?? '').trim(),
    quotaPeriod: fields['quota_period'] ?? '',
  }
}

function readExpiry(text: string, now: Date, mayKeep: boolean): KeySettings['expiresAt'] | undefined {
  if (text === 'keep') return mayKeep ? 'keep' : undefined
  const expiry = keyExpiries.find((each) => each === text)
  if (expiry === undefined || expiry === 'never') return expiry
  return new Date(now.getTime() + Number(expiry) * dayMilliseconds)
}

function readAddresses(
  text: string,
  texts: Messages['consoleKeyForm'],
): { readonly ranges: readonly string[] } | { readonly problem: string } {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean)
  if (lines.length > mostAddresses) return { problem: texts.addressesTooMany }
  const wrong = lines.find((line) => !shape.allowedAddresses.safeParse([line]).success)
  if (wrong !== undefined) return { problem: fillText(texts.addressesProblem, { line: wrong.slice(0, 60) }) }
  return { ranges: shape.allowedAddresses.parse(lines) }
}

/** All three fields are empty, or they are a rate; how much of it in one go may be left out. */
function readRate({
  rateRequests,
  rateSeconds,
  rateBurst,
}: KeyFormValues): KeySettings['rateLimit'] | 'wrong' {
  if (rateRequests === '' && rateSeconds === '' && rateBurst === '') return undefined
  const parsed = shape.rateLimit.safeParse({
    requests: numberOf(rateRequests),
    seconds: numberOf(rateSeconds),
    ...(rateBurst !== '' && { burst: numberOf(rateBurst) }),
  })
  return parsed.success ? parsed.data : 'wrong'
}

/** A period without a number is what a browser sends for nothing. */
function readQuota({ quotaRequests, quotaPeriod: period }: KeyFormValues): KeySettings['quota'] | 'wrong' {
  if (quotaRequests === '') return undefined
  const parsed = shape.quota.safeParse({ requests: numberOf(quotaRequests), period })
  return parsed.success ? parsed.data : 'wrong'
}

/** What is no whole number is none that any schema takes, not even where it may be left out. */
function numberOf(text: string): number {
  return /^\d{1,13}$/.test(text) ? Number(text) : Number.NaN
}
