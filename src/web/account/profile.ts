import { accountChange, changeAccount } from '../../domain/accounts/change.ts'
import type { AccountChange } from '../../domain/accounts/change.ts'
import type { Account } from '../../domain/accounts/account.ts'
import { requestEmailChange } from '../../domain/accounts/email-change.ts'
import { emailAddress } from '../../domain/accounts/names.ts'
import { requestEmailVerification } from '../../domain/accounts/verification.ts'
import { budgets } from '../../domain/limits/budgets.ts'
import { take } from '../../domain/limits/take.ts'
import { emailPage } from '../../../views/account/email-page.ts'
import type { EmailProps } from '../../../views/account/email-page.ts'
import { profilePage } from '../../../views/account/profile-page.ts'
import type { ProfileField, ProfileProps } from '../../../views/account/profile-page.ts'
import { formOf, frameOf, goTo, show } from './door.ts'
import type { Visit } from './door.ts'

const lineClaims = [
  'name',
  'given_name',
  'family_name',
  'nickname',
  'birthdate',
  'phone_number',
  'website',
  'picture',
  'zoneinfo',
  'locale',
] as const
const addressClaims = ['street_address', 'postal_code', 'locality', 'region', 'country'] as const
const longest = 3000

/** Shows the profile. */
export function showProfile(visit: Visit): void {
  render(visit, { values: valuesOf(visit.account) })
}

/** Saves the profile. What is not in the form stays as it is; nothing that is vouched for can be set here (T34). */
export async function saveProfile(visit: Visit): Promise<void> {
  const { door, account, act } = visit
  const { fields } = await formOf(visit)
  const values = sentValues(fields)
  // ASVS 7.5.1: it is what somebody signs in with.
  if (values.username !== account.username && !(await door.own.requireFresh(visit.ctx))) return
  const parsed = accountChange.safeParse(changeFrom(account, values))
  if (!parsed.success) {
    const errors = errorsOf(parsed.error.issues.map(({ path }) => path.at(-1)))
    return render(visit, { values, errors, status: 400 })
  }
  const version = Number(fields['version'])
  const change: AccountChange = parsed.data
  const changed = await changeAccount(door.db, { id: account.id, version, change }, act)
  switch (changed.outcome) {
    case 'changed':
      return goTo(visit, '/account/profile', 'profile')
    case 'username_taken':
    case 'email_taken':
      return render(visit, { values, errors: { username: 'taken' }, status: 409 })
    case 'version_conflict':
    case 'not_found':
      return render(visit, { values, changedElsewhere: true, status: 409 })
  }
}

/** Mails a link that confirms the address there is. */
export async function verifyAddress(visit: Visit): Promise<void> {
  const { door, account, act } = visit
  await formOf(visit)
  if (!(await mayMail(visit)).allowed) return render(visit, { values: valuesOf(account), status: 429 })
  const locale = frameOf(visit).messages.language
  await requestEmailVerification(door.db, door.mailing, { accountId: account.id, locale }, act)
  return goTo(visit, '/account/profile', 'verify')
}

/** Shows the form for another address. */
export function showEmail(visit: Visit): void {
  show(visit, emailPage(frameOf(visit), {}))
}

/** Mails a link to the new address; it is the address from when the link is opened. */
export async function changeEmail(visit: Visit): Promise<void> {
  const { door, account, act } = visit
  const { fields } = await formOf(visit)
  if (!(await door.own.requireFresh(visit.ctx))) return
  const again = (props: EmailProps, status: number): void =>
    show(visit, emailPage(frameOf(visit), props), status)
  const typed = (fields['email'] ?? '').slice(0, 320)
  const email = emailAddress.safeParse(typed)
  if (!email.success) return again({ email: typed, problem: 'invalid' }, 400)
  const taken = await mayMail(visit)
  if (!taken.allowed) {
    return again({ email: typed, problem: 'too_many', retryAfterSeconds: taken.retryAfterSeconds }, 429)
  }
  const wanted = { accountId: account.id, email: email.data, locale: frameOf(visit).messages.language }
  const outcome = await requestEmailChange(door.db, door.mailing, wanted, act)
  if (outcome === 'same_address') return again({ email: typed, problem: 'same_address' }, 400)
  return goTo(visit, '/account/profile', 'email')
}

function mayMail({ door, account }: Visit) {
  return take(door.db, { budget: budgets.account_mail, key: account.id })
}

interface Again extends Pick<ProfileProps, 'values'> {
  readonly errors?: ProfileProps['errors']
  readonly changedElsewhere?: boolean
  readonly status?: number
}

function render(visit: Visit, { values, errors = {}, changedElsewhere = false, status = 200 }: Again): void {
  const { version, email, emailVerifiedAt } = visit.account
  const isVerified = emailVerifiedAt !== undefined
  const props = { values, errors, changedElsewhere, version, email, isVerified }
  show(visit, profilePage(frameOf(visit), props), status)
}

type Values = ProfileProps['values']

function valuesOf({ username, claims }: Account): Values {
  const lines = lineClaims.map((name) => [name, claims[name]])
  const address = addressClaims.map((name) => [name, claims.address?.[name]])
  const all = [['username', username], ...lines, ...address].filter(([, value]) => value !== undefined)
  return Object.fromEntries(all)
}

function sentValues(fields: Readonly<Record<string, string>>): Values {
  const names = ['username', ...lineClaims, ...addressClaims]
  return Object.fromEntries(
    names
      .map((name) => [name, (fields[name] ?? '').trim().slice(0, longest)])
      .filter(([, value]) => value !== ''),
  )
}

function changeFrom({ claims }: Account, values: Values): unknown {
  const { phone_number_verified: isPhoneVerified, ...kept } = claims
  const others = Object.fromEntries(Object.entries(kept).filter(([name]) => !isOffered(name)))
  const lines = Object.fromEntries(
    lineClaims.map((name) => [name, values[name]]).filter(([, value]) => value !== undefined),
  )
  const samePhone = values.phone_number !== undefined && values.phone_number === claims.phone_number
  return {
    username: values.username ?? null,
    claims: {
      ...others,
      ...lines,
      ...addressFrom(claims, values),
      // T34: vouched for was the number there was, not the one there is now.
      ...(samePhone && isPhoneVerified !== undefined && { phone_number_verified: isPhoneVerified }),
    },
  }
}

function isOffered(name: string): boolean {
  return name === 'address' || lineClaims.some((each) => each === name)
}

function addressFrom({ address }: Account['claims'], values: Values): { address?: unknown } {
  const sent = addressClaims.map((name) => [name, values[name]] as const)
  const isSame = sent.every(([name, value]) => address?.[name] === value)
  // Written out as one text it would contradict what was changed.
  if (isSame) return address === undefined ? {} : { address }
  const filled = sent.filter(([, value]) => value !== undefined)
  return filled.length === 0 ? {} : { address: Object.fromEntries(filled) }
}

function errorsOf(names: readonly unknown[]): ProfileProps['errors'] {
  const fields: readonly ProfileField[] = ['username', ...lineClaims, ...addressClaims]
  return Object.fromEntries(
    fields.filter((field) => names.includes(field)).map((field) => [field, 'invalid' as const]),
  )
}
