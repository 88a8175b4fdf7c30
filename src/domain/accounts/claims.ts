import { z } from 'zod'
import { lineOfText } from '../../platform/text.ts'
import type { Account } from './account.ts'

/**
 * The standard claims of a person (OpenID Connect Core §5.1): what is stored, which scope asks for what, and what is
 * said of an account. `email` and `updated_at` have columns of their own and are not stored twice.
 */

/** OpenID Connect Core §5.4: which claims a scope asks for. */
export const claimsOfScope = {
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
} as const

// OpenID Connect Core §5.1.1: the street and the whole address may have several lines.
const lines = text(1000).refine((value) => !/[^\P{Cc}\r\n]/u.test(value), 'must not have control characters')

/** The claims that may be set, as the door takes them: unknown members are refused. */
export const standardClaims = z.strictObject(
  claimMembers({
    line: lineOfText(200),
    lines,
    url: text(2048).refine(isHttpsUrl, 'must be an https URL'),
    birthdate: text(10).refine(isBirthdate, 'must be YYYY-MM-DD, 0000-MM-DD or YYYY'),
    zoneinfo: text(64).refine(isTimeZone, 'must be a time zone such as Europe/Paris'),
    locale: text(35).refine(isLocale, 'must be a language tag such as de-CH'),
    phoneNumber: text(16).regex(/^\+[1-9]\d{4,14}$/, 'must be in the form +14155550100 (E.164)'),
  }),
)

const stored = z.string()

/** The claims as they come back from the database: their shape alone, because they were checked when they were set. */
export const storedClaims = z.object(
  claimMembers({
    line: stored,
    lines: stored,
    url: stored,
    birthdate: stored,
    zoneinfo: stored,
    locale: stored,
    phoneNumber: stored,
  }),
)

/** The claims of a person that are stored. */
export type StandardClaims = z.output<typeof storedClaims>

/** Everything that can be said of an account; whoever asks filters by scope and by the `claims` parameter. */
export function claimsOfAccount(account: Account): Record<string, unknown> {
  return {
    sub: account.id,
    ...account.claims,
    // The user name is unique here and the free claim is not, so nobody appears under another's name.
    ...(account.username !== undefined && { preferred_username: account.username }),
    email: account.email,
    email_verified: account.emailVerifiedAt !== undefined,
    // OpenID Connect Core §5.1: seconds since 1970.
    updated_at: Math.floor(account.updatedAt.getTime() / 1000),
  }
}

type TextSchema = z.ZodType<string, string>

interface ClaimRules {
  readonly line: TextSchema
  readonly lines: TextSchema
  readonly url: TextSchema
  readonly birthdate: TextSchema
  readonly zoneinfo: TextSchema
  readonly locale: TextSchema
  readonly phoneNumber: TextSchema
}

function claimMembers({ line, lines, url, birthdate, zoneinfo, locale, phoneNumber }: ClaimRules) {
  return {
    name: line.optional(),
    given_name: line.optional(),
    family_name: line.optional(),
    middle_name: line.optional(),
    nickname: line.optional(),
    preferred_username: line.optional(),
    profile: url.optional(),
    picture: url.optional(),
    website: url.optional(),
    gender: line.optional(),
    birthdate: birthdate.optional(),
    zoneinfo: zoneinfo.optional(),
    locale: locale.optional(),
    phone_number: phoneNumber.optional(),
    phone_number_verified: z.boolean().optional(),
    address: z
      .strictObject({
        formatted: lines.optional(),
        street_address: lines.optional(),
        locality: line.optional(),
        region: line.optional(),
        postal_code: line.optional(),
        country: line.optional(),
      })
      .optional(),
  }
}

function text(longest: number): z.ZodString {
  return z
    .string()
    .min(1)
    .max(longest)
    .refine((value) => value.isWellFormed(), 'must be well-formed Unicode')
}

function isHttpsUrl(value: string): boolean {
  const url = URL.canParse(value) ? new URL(value) : undefined
  // The URL parser drops tabs and line breaks silently; credentials in a link are a trap for whoever follows it.
  return (
    url?.protocol === 'https:' && url.username === '' && url.password === '' && !/[\p{Cc}\s]/u.test(value)
  )
}

function isBirthdate(value: string): boolean {
  const [, year, day] = /^(\d{4})(?:-(\d\d-\d\d))?$/.exec(value) ?? []
  if (year === undefined) return false
  if (day === undefined) return year !== '0000'
  // OpenID Connect Core §5.1: 0000 hides the year; a leap year lets 29 February pass.
  const date = new Date(`${year === '0000' ? '2000' : year}-${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(5, 10) === day
}

function isTimeZone(value: string): boolean {
  return (
    /^[\w+-]+(?:\/[\w+-]+)*$/.test(value) &&
    succeeds(() => new Intl.DateTimeFormat('en', { timeZone: value }))
  )
}

function isLocale(value: string): boolean {
  return succeeds(() => Intl.getCanonicalLocales(value))
}

function succeeds(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
