/** The fields of an account as forms send them, read field by field so that each can say what is wrong with it. */
import type { z } from 'zod'
import type { Account } from '../../domain/accounts/account.ts'
import { accountChange } from '../../domain/accounts/change.ts'
import { newAccount } from '../../domain/accounts/create.ts'
import type { StandardClaims } from '../../domain/accounts/claims.ts'
import type { OwnForm } from '../own-session.ts'
import type { AccountFieldProblems, TypedAccount } from '../../../views/admin/account-form.ts'

const { email, username, claims } = newAccount.shape
const { name, locale } = claims.unwrap().shape

/** What the fields say, and what is wrong with them. */
export interface ReadAccount {
  readonly typed: TypedAccount
  readonly email: string
  readonly emailVerified: boolean
  readonly username: string | undefined
  readonly name: string | undefined
  readonly locale: string | undefined
  readonly problems: AccountFieldProblems
}

/** Reads the fields. An empty one says that there is nothing. */
export function readAccount({ fields }: OwnForm): ReadAccount {
  const text = (field: string) => (fields[field] ?? '').trim()
  const typed = {
    email: text('email'),
    emailVerified: fields['email_verified'] === 'yes',
    username: text('username'),
    name: text('name'),
    locale: text('locale'),
  }
  const read = {
    email: email.safeParse(typed.email),
    username: username.safeParse(typed.username === '' ? undefined : typed.username),
    name: name.safeParse(typed.name === '' ? undefined : typed.name),
    locale: locale.safeParse(typed.locale === '' ? undefined : typed.locale),
  }
  return {
    typed,
    email: read.email.data ?? '',
    emailVerified: typed.emailVerified,
    username: read.username.data,
    name: read.name.data,
    locale: read.locale.data,
    problems: {
      ...(!read.email.success && { email: 'emailInvalid' }),
      ...(!read.username.success && { username: 'usernameInvalid' }),
      ...(!read.name.success && { name: 'nameInvalid' }),
      ...(!read.locale.success && { locale: 'localeInvalid' }),
    },
  }
}

/** Claims with what the form says of them; the others stay. */
export function claimsWith(
  before: StandardClaims,
  read: Pick<ReadAccount, 'name' | 'locale'>,
): StandardClaims {
  const { name: _name, locale: _locale, ...others } = before
  return {
    ...others,
    ...(read.name !== undefined && { name: read.name }),
    ...(read.locale !== undefined && { locale: read.locale }),
  }
}

/** The whole of a change. T34: a tick that was there already vouches for the address that was there, and for no other. */
export function changeOf(before: Account, read: ReadAccount): z.output<typeof accountChange> {
  const wasVerified = before.emailVerifiedAt !== undefined
  return accountChange.parse({
    email: read.email,
    ...(read.emailVerified !== wasVerified && { emailVerified: read.emailVerified }),
    username: read.username ?? null,
    claims: claimsWith(before.claims, read),
  })
}
