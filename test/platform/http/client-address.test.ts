import { expect, test } from 'vitest'
import {
  addressBucket,
  clientAddress,
  parseTrustedProxies,
  unknownAddress,
} from '../../../src/platform/http/client-address.ts'
import { normalAddress } from '../../../src/platform/http/ip-address.ts'

const trustedProxies = parseTrustedProxies(['10.0.0.0/8', '127.0.0.1', 'fd00::/8', '::1'])

function from(peer: string | undefined, forwardedFor?: string): string {
  return clientAddress({ peer, forwardedFor, trustedProxies })
}

test.each([
  ['no header', '203.0.113.9', undefined, '203.0.113.9'],
  ['a stranger who sends the header', '203.0.113.9', '6.6.6.6', '203.0.113.9'],
  ['a stranger who claims to be a proxy', '203.0.113.9', '6.6.6.6, 10.0.0.1', '203.0.113.9'],
  ['one proxy', '10.0.0.1', '203.0.113.9', '203.0.113.9'],
  ['one proxy that appended to a forged list', '10.0.0.1', '6.6.6.6, 203.0.113.9', '203.0.113.9'],
  [
    'a forged proxy address left of the real client',
    '10.0.0.1',
    '6.6.6.6, 10.9.9.9, 203.0.113.9',
    '203.0.113.9',
  ],
  ['two proxies', '10.0.0.1', '6.6.6.6, 203.0.113.9, 10.0.0.2', '203.0.113.9'],
  ['a chain of IPv4 and IPv6 proxies', '::1', '203.0.113.9,fd00::7 ,\t10.0.0.2', '203.0.113.9'],
  ['a client among the proxies', '10.0.0.1', '10.0.0.5, 10.0.0.2', '10.0.0.5'],
  ['a proxy without a header', '10.0.0.1', undefined, '10.0.0.1'],
  ['a proxy with an empty header', '10.0.0.1', '', '10.0.0.1'],
  ['a mapped peer', '::ffff:203.0.113.9', undefined, '203.0.113.9'],
  ['a mapped proxy', '::ffff:10.0.0.1', '203.0.113.9', '203.0.113.9'],
  ['a mapped proxy in hexadecimal', '::ffff:a00:1', '::FFFF:203.0.113.9', '203.0.113.9'],
  ['a long spelling', '10.0.0.1', '2001:0DB8:0000:0:0:0:0:0001', '2001:db8::1'],
  ['a port', '10.0.0.1', '203.0.113.9:55123', '203.0.113.9'],
  ['brackets', '10.0.0.1', '[2001:db8::1]', '2001:db8::1'],
  ['brackets and a port', '10.0.0.1', '6.6.6.6, [2001:db8::1]:443', '2001:db8::1'],
  ['no peer', undefined, '203.0.113.9', unknownAddress],
  ['a link-local peer with a zone', 'fe80::1%eth0', undefined, 'fe80::1'],
])('F4: %s', (_what, peer, forwardedFor, expected) => {
  expect(from(peer, forwardedFor)).toBe(expected)
})

const garbage = [
  ['unknown', '_hidden', 'evil', '-', '""', '"203.0.113.9"', '203.0.113.9 evil', '203.0.113.9;', '1.2.3'],
  ['01.2.3.4', '0x7f.0.0.1', '2130706433', '256.1.1.1', '1.2.3.4.5', '1.2.3.4:', '1.2.3.4:123456', ':80'],
  ['[1.2.3.4]', '[::1', '::1]', '[]', '[::1]:', '::g', ':::', '1:2:3:4:5:6:7:8:9', '::ffff:1.2.3.400'],
  ['2001:db8::1%eth0', '[2001:db8::1%25eth0]', '١.٢.٣.٤', '1.2.3.4\0', '', '  ', '<script>', '${jndi:x}'],
].flat()

test.each(garbage)('T40: %j stops the walk, and the last trusted hop answers for the request', (text) => {
  expect(from('10.0.0.1', text)).toBe('10.0.0.1')
  expect(from('10.0.0.1', `6.6.6.6, ${text}`)).toBe('10.0.0.1')
  expect(from('10.0.0.1', `6.6.6.6,${text}, 10.0.0.2`)).toBe('10.0.0.2')
  // Left of the real client it is never looked at.
  expect(from('10.0.0.1', `${text}, 203.0.113.9, 10.0.0.2`)).toBe('203.0.113.9')
})

test.each(['::ffff:0:1:2', '::ffff:1', '::1.2.3.4', '64:ff9b::1.2.3.4', '::'])(
  '%s looks like a mapped address, is none, and stays what it is',
  (address) => {
    expect(normalAddress(address)).toMatch(/^[0-9a-f:]+$/)
    expect(from(address)).toBe(normalAddress(address))
  },
)

test('with no trusted proxy every header is ignored', () => {
  const nobody = parseTrustedProxies([])
  expect(clientAddress({ peer: '127.0.0.1', forwardedFor: '6.6.6.6', trustedProxies: nobody })).toBe(
    '127.0.0.1',
  )
})

test.each([
  '0.0.0.0/0',
  '::/0',
  '10.0.0.0/33',
  '10/8',
  'proxy.internal',
  '',
  '10.0.0.0/',
  '10.0.0.0/8x',
  'fe80::1%eth0',
])('a trusted proxy written as %j stops the start', (entry) => {
  expect(() => parseTrustedProxies([entry])).toThrow(JSON.stringify(entry))
})

test('T30: 10,000 addresses of one /64, and six spellings of one, share a bucket', () => {
  const buckets = new Set<string>()
  for (let host = 1; host <= 10_000; host += 1) {
    buckets.add(addressBucket(from('10.0.0.1', `2001:db8:1:2::${host.toString(16)}`)))
  }
  const spellings = [
    '2001:db8:1:2::1',
    '2001:0db8:0001:0002:0000:0000:0000:0001',
    '2001:DB8:1:2:0:0:0:1',
    '2001:db8:1:2::0.0.0.1',
    '[2001:db8:1:2::1]:443',
    ' 2001:db8:1:2:0::1\t',
  ]
  for (const spelling of spellings) buckets.add(addressBucket(from('10.0.0.1', spelling)))
  expect([...buckets]).toEqual(['2001:db8:1:2::/64'])
})

test('T30: an IPv4 address has one bucket, however IPv6 wraps it, and neighbours have others', () => {
  const wrapped = ['203.0.113.9', '::ffff:203.0.113.9', '::ffff:cb00:7109', '0:0:0:0:0:FFFF:203.0.113.9']
  expect(new Set(wrapped.map(addressBucket))).toEqual(new Set(['203.0.113.9']))
  expect(addressBucket('203.0.113.10')).toBe('203.0.113.10')
  expect(addressBucket('2001:db8:1:3::1')).toBe('2001:db8:1:3::/64')
  expect(addressBucket('fe80::1%eth0')).toBe(addressBucket('fe80::2'))
  expect(addressBucket(unknownAddress)).toBe(unknownAddress)
  expect(addressBucket('::not an address')).toBe(unknownAddress)
})

test.each([
  ['spaces', ' '.repeat(60_000)],
  ['tabs and a tail', `${'\t'.repeat(60_000)}x`],
  ['commas', ','.repeat(60_000)],
  ['blanks between commas', ' ,'.repeat(30_000)],
  ['digits', '1'.repeat(60_000)],
  ['colons', ':'.repeat(60_000)],
  ['dots and a port', `${'1.'.repeat(30_000)}:80`],
  ['brackets', '['.repeat(60_000)],
  ['trusted hops', '10.0.0.2,'.repeat(6_600) + '10.0.0.2'],
])(
  'T45: 60 KB of %s cost less than 5 ms, or what looking at each character twenty times costs here and now',
  (_what, header) => {
    const cost = bestOf(() => expect(from('10.0.0.1', header)).toMatch(/^10\.0\.0\.[12]$/))
    const floor = bestOf(() => expect(sumOfCharacters(header)).toBeGreaterThan(0))
    expect(cost).toBeLessThan(Math.max(5, 20 * floor))
  },
)

/** Milliseconds of the quickest of ten runs: the one that nothing else on the machine came between. */
function bestOf(work: () => void): number {
  const runs = Array.from({ length: 10 }, () => {
    const startedAt = performance.now()
    work()
    return performance.now() - startedAt
  })
  return Math.min(...runs)
}

function sumOfCharacters(text: string): number {
  let sum = 0
  for (let index = 0; index < text.length; index += 1) sum += text.charCodeAt(index)
  return sum
}
