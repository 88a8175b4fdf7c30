import { expect, test } from 'vitest'
import type { Account } from '../../../src/domain/accounts/account.ts'
import {
  claimsOfAccount,
  claimsOfScope,
  standardClaims,
  storedClaims,
} from '../../../src/domain/accounts/claims.ts'

const full = {
  name: 'Ada Lovelace',
  given_name: 'Ada',
  family_name: 'Lovelace',
  middle_name: 'King',
  nickname: 'Ada',
  preferred_username: 'ada',
  profile: 'https://example.com/ada',
  picture: 'https://example.com/ada.png',
  website: 'https://ada.example',
  gender: 'female',
  birthdate: '1815-12-10',
  zoneinfo: 'Europe/London',
  locale: 'en-GB',
  phone_number: '+442071234567',
  phone_number_verified: true,
  address: {
    formatted: '12 St James’s Square\nLondon',
    street_address: '12 St James’s Square',
    locality: 'London',
    region: 'Greater London',
    postal_code: 'SW1Y 4JH',
    country: 'United Kingdom',
  },
}

const account: Account = {
  id: 'acc_1',
  email: 'ada@example.com',
  emailVerifiedAt: new Date(0),
  username: undefined,
  hasPassword: true,
  passwordTemporary: false,
  passwordChangedAt: undefined,
  claims: full,
  administrator: true,
  disabledAt: undefined,
  createdAt: new Date(0),
  updatedAt: new Date(1_700_000_000_999),
  version: 3,
}

test('OpenID Connect Core §5.1: every standard claim is taken, kept and said of the account, and nothing else is', () => {
  expect(standardClaims.parse(full)).toEqual(full)
  expect(storedClaims.parse(full)).toEqual(full)
  const said = claimsOfAccount(account)
  expect(said).toEqual({
    ...full,
    sub: 'acc_1',
    email: account.email,
    email_verified: true,
    updated_at: 1_700_000_000,
  })
  // Core §5.4: each belongs to one scope, and each scope finds all of its claims.
  expect(Object.values(claimsOfScope).flat().sort()).toEqual(
    Object.keys(said)
      .filter((name) => name !== 'sub')
      .sort(),
  )
})

test('a user name is said before the claim that anybody may choose', () => {
  expect(claimsOfAccount({ ...account, username: 'real' })['preferred_username']).toBe('real')
  expect(claimsOfAccount({ ...account, emailVerifiedAt: undefined })['email_verified']).toBe(false)
})

test.each([
  [{ website: 'http://ada.example' }],
  [{ website: 'javascript:alert(1)' }],
  [{ picture: 'data:image/png;base64,AA' }],
  [{ profile: 'https://user:secret@ada.example' }],
  [{ profile: 'java\tscript:alert(1)' }],
  [{ profile: 'https://ada.example/\n' }],
  [{ profile: '//ada.example' }],
  [{ birthdate: '1815-02-30' }],
  [{ birthdate: '10.12.1815' }],
  [{ birthdate: '0000' }],
  [{ zoneinfo: 'Europe/Nowhere' }],
  [{ zoneinfo: '../../etc/passwd' }],
  [{ locale: 'not a locale' }],
  [{ phone_number: '020 7123 4567' }],
  [{ phone_number_verified: 'true' }],
  [{ name: 'Ada\u0000' }],
  [{ name: 'Ada\nLovelace' }],
  [{ name: '\uD800' }],
  [{ name: '' }],
  [{ name: 'a'.repeat(201) }],
  [{ address: { formatted: 'a\u0007' } }],
  [{ address: { planet: 'Earth' } }],
  [{ address: 'London' }],
  [{ sub: 'acc_2' }],
  [{ email: 'eve@example.com' }],
  [{ 'name#de': 'Ada' }],
])('the claims %j are refused', (claims) => {
  expect(standardClaims.safeParse(claims).success).toBe(false)
})

test.each([
  { birthdate: '0000-02-29' },
  { birthdate: '1815' },
  { zoneinfo: 'UTC' },
  { zoneinfo: 'Etc/GMT+5' },
  { locale: 'zh-Hant-TW' },
])('the claims %j are taken', (claims) => {
  expect(standardClaims.parse(claims)).toEqual(claims)
})
