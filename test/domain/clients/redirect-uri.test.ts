import { describe, expect, test } from 'vitest'
import { parseClientMetadata } from '../../../src/domain/clients/metadata.ts'
import { redirectUriProblem } from '../../../src/domain/clients/redirect-uri.ts'
import { expectRefusal } from './support.ts'

const accepted = [
  'https://app.example/callback',
  'https://app.example',
  'https://app.example/',
  'https://app.example/callback/',
  'https://app.example:8443/callback',
  'https://app.example/callback?tenant=7&next=%2Fhome',
  'https://app.example/a.b/c-d_e~f/@user;v=1',
  'https://app.example/caf%C3%A9',
  'https://sub.sub.app.example/cb',
  'https://xn--bcher-kva.example/cb',
  'https://192.0.2.7/cb',
  'https://[2001:db8::1]/cb',
  'https://localhost/cb',
  'http://127.0.0.1/cb',
  'http://127.0.0.1:3000/cb',
  'http://[::1]:3000/cb',
  'http://localhost:5173/cb',
]

const refused = [
  '',
  ' ',
  '/callback',
  'callback',
  '//app.example/callback',
  'app.example/callback',
  // P3: unencrypted
  'http://app.example/callback',
  'http://192.0.2.7/cb',
  'http://127.0.0.2/cb',
  'http://127.0.0.1.evil.example/cb',
  'http://localhost.evil.example/cb',
  'http://localhost./cb',
  'http://[::2]/cb',
  'http://0.0.0.0/cb',
  // T18: other schemes, in any case
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'javascript://app.example/%0aalert(1)',
  'java\tscript:alert(1)',
  ' javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'DATA:text/html;base64,PHA+',
  'vbscript:x',
  'blob:https://app.example/1',
  'file:///etc/passwd',
  'about:blank',
  'ftp://app.example/cb',
  'com.example.app:/cb',
  'urn:ietf:wg:oauth:2.0:oob',
  // other spellings of one place
  'HTTPS://app.example/callback',
  'https://APP.example/callback',
  'https://app.example:443/callback',
  'http://127.0.0.1:80/cb',
  'https:app.example/callback',
  'https:/app.example/callback',
  'https:///app.example/callback',
  'https://app.example./callback',
  'https://app%2eexample/callback',
  'https://3232235777/cb',
  'https://0xc0.0.2.7/cb',
  'http://127.1/cb',
  'http://0x7f000001/cb',
  'http://[0:0:0:0:0:0:0:1]/cb',
  'http://[::ffff:127.0.0.1]/cb',
  'https://bücher.example/cb',
  'https://app。example/cb',
  'https://app.example/?',
  'https://app.example/cb?',
  // T16: paths that are read differently
  'https://app.example/a/../b',
  'https://app.example/a/./b',
  'https://app.example/a/%2e%2e/b',
  'https://app.example/a/%2E./b',
  'https://app.example/a/..;/b',
  'https://app.example/..;x=1/b',
  'https://app.example/.;/b',
  'https://app.example/a/%252e%252e/b',
  'https://app.example/a%2fb',
  'https://app.example/a%5c..%5cb',
  'https://app.example/a\\b',
  'https:\\\\app.example\\cb',
  // users, fragments, wildcards
  'https://user@app.example/cb',
  'https://user:secret@app.example/cb',
  'https://@app.example/cb',
  'https://app.example@evil.example/cb',
  'https://app.example@@evil.example/cb',
  'https://app.example%40evil.example/cb',
  'https://app.example/cb#',
  'https://app.example/cb#fragment',
  'https://app.example#@evil.example/',
  'https://*.app.example/cb',
  'https://app.example/*',
  'https://app.example/cb?x=*',
  // characters
  'https://app.example/c b',
  ' https://app.example/cb',
  'https://app.example/cb ',
  'https://app.example/cb\n',
  'https://app.exa\tmple/cb',
  'https://app.example/cb\r\nLocation: https://evil.example',
  'https://app.example/\u0000',
  'https://app.example/\uD800',
  'https://app.example/\u202E',
  'https://app.example/café',
  'https://app.example/<script>',
  'https://app.example/"x"',
  'https://app.example/{id}',
  'https://app.example/%',
  'https://app.example/%zz',
  'https://app.example/%00',
  'https://app.example/%0d%0aSet-Cookie:a',
  'https://app.example/cb?x=%0a',
  // ports and hosts
  'https://app.example:99999/cb',
  'https://app.example:/cb',
  'https://:8443/cb',
  'https://',
  // what the response adds itself
  'https://app.example/cb?code=1',
  'https://app.example/cb?a=1&state=2',
  'https://app.example/cb?iss=https%3A%2F%2Fevil.example',
  'https://app.example/cb?%63ode=1',
  `https://app.example/${'a'.repeat(2000)}`,
]

describe('P1 P3 T16 T17 T18: redirect URIs', () => {
  test.each(accepted)('%s is accepted and kept exactly as given', (uri) => {
    expect(redirectUriProblem(uri)).toBeUndefined()
    const metadata = parseClientMetadata({
      client_name: 'Shop',
      redirect_uris: [uri],
      post_logout_redirect_uris: [uri],
    })
    expect(metadata.redirect_uris).toEqual([uri])
    expect(metadata.post_logout_redirect_uris).toEqual([uri])
  })

  test.each(refused.map((uri) => [JSON.stringify(uri).slice(0, 80), uri]))(
    '%s is refused',
    async (_, uri) => {
      const { message } = await expectRefusal(
        () => parseClientMetadata({ client_name: 'Shop', redirect_uris: [uri] }),
        'invalid_redirect_uri',
      )
      expect(message).toMatch(/^redirect_uris\[0\]: /)
      await expectRefusal(
        () =>
          parseClientMetadata({
            client_name: 'Shop',
            redirect_uris: ['https://a.example/'],
            post_logout_redirect_uris: [uri],
          }),
        'invalid_metadata',
      )
    },
  )

  test('two accepted redirect URIs that are different strings are different places', () => {
    const places = accepted.map((uri) => new URL(uri).href)
    const spellings = accepted.filter((uri) => uri !== 'https://app.example')
    expect(new Set(places).size).toBe(spellings.length)
  })

  test('one megabyte is refused at once', () => {
    const before = performance.now()
    expect(redirectUriProblem(`https://app.example/${'/..;'.repeat(250_000)}`)).toContain('longer than')
    expect(performance.now() - before).toBeLessThan(100)
  })

  test.each([
    ['21 of them', Array.from({ length: 21 }, (_, index) => `https://app.example/${index}`)],
    ['the same twice', ['https://app.example/', 'https://app.example/']],
    ['none', []],
    ['a string', 'https://app.example/'],
    ['an object in the list', [{ toString: 'https://app.example/' }]],
    ['a list in the list', [['https://app.example/']]],
  ])('%s are refused', async (_, uris) => {
    await expectRefusal(
      () => parseClientMetadata({ client_name: 'Shop', redirect_uris: uris }),
      'invalid_redirect_uri',
    )
  })
})
