/** Names of certificates, read from bytes that anybody may have made. */
import { expect, test } from 'vitest'
import { certificateNames } from '../../../src/platform/crypto/certificate-names.ts'
import { readCertificate } from '../../../src/platform/crypto/certificate.ts'
import { readDer, readOid } from '../../../src/platform/crypto/der.ts'
import { isWrittenName, readWrittenName } from '../../../src/platform/crypto/distinguished-name.ts'
import { der, newCertificate, san } from '../../support/certificates.ts'

const certificate = newCertificate({
  subject: [
    ['C', 'DE', 0x13],
    ['O', 'Example'],
    ['CN', 'api'],
  ],
  names: [
    san.email('a@b.example'),
    san.dns('api.example'),
    san.uri('spiffe://example/api'),
    san.ip(192, 0, 2, 7),
  ],
})

test('the names of a certificate are read as they are encoded', () => {
  expect(certificateNames(certificate.der)).toEqual({
    subject: [
      [{ oid: '2.5.4.6', text: 'DE', encoded: '13024445' }],
      [{ oid: '2.5.4.10', text: 'Example', encoded: '0c074578616d706c65' }],
      [{ oid: '2.5.4.3', text: 'api', encoded: '0c03617069' }],
    ],
    email: ['a@b.example'],
    dns: ['api.example'],
    uri: ['spiffe://example/api'],
    ip: [Buffer.from([192, 0, 2, 7])],
  })
})

test('a value that is no text, or text of which nobody knows the characters, has none', () => {
  for (const tag of [0x04, 0x02, 0x14, 0x1c, 0x30]) {
    const { der: bytes } = newCertificate({ subject: [['CN', 'api', tag]] })
    const [[attribute] = []] = certificateNames(bytes)?.subject ?? []
    expect(attribute).toEqual({
      oid: '2.5.4.3',
      text: undefined,
      encoded: expect.stringMatching(/03617069$/),
    })
  }
})

test('a certificate that is cut anywhere has no names, and none that is longer has either', () => {
  for (let end = 0; end < certificate.der.length; end += 1)
    expect(certificateNames(certificate.der.subarray(0, end)), String(end)).toBeUndefined()
  for (const more of [Buffer.alloc(1), certificate.der])
    expect(certificateNames(Buffer.concat([certificate.der, more]))).toBeUndefined()
})

test('whatever single octet is changed, nothing breaks', () => {
  for (let at = 0; at < certificate.der.length; at += 1) {
    for (const flip of [0x01, 0x20, 0x80, 0xff]) {
      const changed = Buffer.from(certificate.der)
      changed[at] = (changed[at] ?? 0) ^ flip
      expect(() => certificateNames(changed)).not.toThrow()
      expect(() => readCertificate(changed.toString('base64'))).not.toThrow()
    }
  }
})

test('names that stand there twice are none', () => {
  const extension = der(0x30, der(0x06, Buffer.from([0x55, 0x1d, 0x11])), der(0x04, der(0x30, san.dns('x'))))
  const before = [der(0x02, Buffer.from([1])), ...Array.from({ length: 5 }, () => der(0x30))]
  const read = [der(0x30, extension, extension), der(0x30, extension), der(0x30)].map(
    (list) => certificateNames(der(0x30, der(0x30, ...before, der(0xa3, list))))?.dns,
  )
  expect(read).toEqual([undefined, ['x'], []])
})

test.each([
  ['a length in more octets than needed', [0x04, 0x81, 0x01, 0x00]],
  ['a length with a leading zero', [0x04, 0x82, 0x00, 0x80, ...Array<number>(128).fill(0)]],
  ['no length', [0x04]],
  ['a length without end', [0x04, 0x80, 0x00, 0x00]],
  ['a length of four octets', [0x04, 0x84, 0x01, 0x00, 0x00, 0x00]],
  ['a length that is cut', [0x04, 0x82, 0x01]],
  ['less than the length says', [0x04, 0x02, 0x00]],
  ['a tag of several octets', [0x1f, 0x81, 0x01, 0x00]],
])('%s is no DER', (_, octets) => {
  expect(readDer(Buffer.from(octets))).toBeUndefined()
})

test('object identifiers are read in dots', () => {
  const read = (...content: number[]) => readOid({ tag: 0x06, content: Buffer.from(content) })
  expect(read(0x55, 0x04, 0x03)).toBe('2.5.4.3')
  expect(read(0x88, 0x37, 0x03)).toBe('2.999.3')
  expect(read(0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19)).toBe('0.9.2342.19200300.100.1.25')
  for (const bad of [[], [0x55, 0x84], Array<number>(12).fill(0xff).concat(0x7f)])
    expect(read(...bad)).toBeUndefined()
  expect(readOid({ tag: 0x04, content: Buffer.from([0x55]) })).toBeUndefined()
})

test('a written name is the name of the certificate in its own order, and types have no case', () => {
  const { subject } = certificateNames(certificate.der) ?? { subject: [] }
  const matches = (text: string) => {
    const written = readWrittenName(text)
    return written !== undefined && isWrittenName(written, subject)
  }
  expect(matches('CN=api,O=Example,C=DE')).toBe(true)
  expect(matches('cn=api,o=Example,c=DE')).toBe(true)
  expect(matches('CN=#0c03617069,O=Example,C=#13024445')).toBe(true)
  // The same letters as another kind of text are another encoding.
  expect(matches('CN=#1303617069,O=Example,C=DE')).toBe(false)
  expect(matches('C=DE,O=Example,CN=api')).toBe(false)
})
