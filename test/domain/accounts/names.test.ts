import { expect, test } from 'vitest'
import {
  emailAddress,
  emailKey,
  readLogin,
  userName,
  usernameKey,
} from '../../../src/domain/accounts/names.ts'

const accepted = [
  'ada@example.com',
  'Ada.Lovelace+notes@mail.example.co.uk',
  "o'brien@example.org",
  'josé@exämple.com',
  '用户@例え.jp',
  'a@1.example',
  `${'a'.repeat(64)}@example.com`,
]

test.each(accepted)('T32: %s is one e-mail address', (address) => {
  expect(emailAddress.parse(address)).toBe(address)
})

const refused = [
  '',
  'ada',
  'ada@',
  '@example.com',
  'ada@example',
  'a@x.com,b@y.com',
  'a@x.com;b@y.com',
  'a@x.com b@y.com',
  'a@x@y.com',
  '"a@x.com"@y.com',
  '"a b"@y.com',
  'Ada <ada@example.com>',
  'ada\uFF20example.com',
  'ada\uFE6Bexample.com',
  'ada@x.com\uFF20example.com',
  'ada@example.com\r\nBcc: eve@example.com',
  'ada@example.com\n',
  'ada\u0000@example.com',
  'ada@exa\u0000mple.com',
  'ada\u200B@example.com',
  '\u202Eada@example.com',
  'ad\u1160a@example.com',
  '\uD800@example.com',
  'ada@[127.0.0.1]',
  'ada@127.0.0.1',
  'ada@-example.com',
  'ada@example-.com',
  'ada@example..com',
  '.ada@example.com',
  'ada.@example.com',
  'a..b@example.com',
  'ａｄａ@example.com',
  'ﬁona@example.com',
  'ada@example.com/../',
  `${'a'.repeat(65)}@example.com`,
  `a@${'b'.repeat(64)}.com`,
  `a@${'b.'.repeat(130)}com`,
  'a'.repeat(1_000_000),
]

test.each(refused.map((address) => [JSON.stringify(address).slice(0, 60), address]))(
  'T32: %s is not one e-mail address',
  (_, address) => {
    expect(emailAddress.safeParse(address).success).toBe(false)
  },
)

test('T29: every spelling of an address has one key', () => {
  const spellings = [
    'ada@example.com',
    'ADA@Example.COM',
    ' ada@example.com ',
    'ａｄａ@example.com',
    'ada＠example.com',
  ]
  expect(new Set(spellings.map(emailKey))).toEqual(new Set(['ada@example.com']))
  expect(new Set(spellings.map((spelling) => readLogin(spelling)?.key))).toEqual(new Set(['ada@example.com']))
})

test('T29: every spelling of a user name has one key', () => {
  for (const [left, right] of [
    ['Straße', 'STRASSE'],
    ['ﬁona', 'FIONA'],
    ['José', 'JOSE\u0301'],
    ['ΟΔΟΣ', 'οδος'],
    ['Ａｄａ', 'ada'],
    ['\u212Aelvin', 'kelvin'],
  ] as const) {
    expect(usernameKey(left)).toBe(usernameKey(right))
    expect(readLogin(left)).toEqual(readLogin(right))
  }
})

test('folding what is folded changes nothing, whatever the character', () => {
  for (let point = 1; point < 0x30000; point += 1) {
    if (point >= 0xd800 && point <= 0xdfff) continue
    const text = `a${String.fromCodePoint(point)}a`
    expect(emailKey(emailKey(text)) === emailKey(text), text).toBe(true)
    expect(usernameKey(usernameKey(text)) === usernameKey(text), text).toBe(true)
  }
})

test.each(['ada', 'Ada.Lovelace', 'ada_l-2', 'José', '艾达', 'a', 'x'.repeat(64)])(
  '%s is a user name',
  (name) => {
    expect(userName.parse(name)).toBe(name)
  },
)

test.each(
  [
    '',
    ' ',
    'a@b',
    'ada lovelace',
    '.ada',
    'ada-',
    'ａｄａ',
    'ﬁona',
    'ada\u0000',
    'a\u200Bda',
    'ada\n',
    'x'.repeat(65),
  ].map((name) => [JSON.stringify(name), name]),
)('%s is not a user name', (_, name) => {
  expect(userName.safeParse(name).success).toBe(false)
})

test.each(
  ['', '   ', 'a\u0000b', 'a\nb', '\uD800', 'x'.repeat(1_000_000)].map((login) => [
    JSON.stringify(login).slice(0, 40),
    login,
  ]),
)('the login %s belongs to nobody', (_, login) => {
  expect(readLogin(login)).toBeUndefined()
})
