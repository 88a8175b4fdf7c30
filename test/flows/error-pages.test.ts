/** A request that cannot be answered to its app: the person reads a sentence of their language, the developer the details. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requestErrorsDe, requestErrorsEn } from '../../views/messages/request-errors.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let clientId: string

beforeAll(async () => {
  world = await openWorld()
  const { id } = await world.makeClient({ metadata: { redirect_uris: ['https://app.example/callback'] } })
  clientId = id
})
afterAll(() => world.close())

const texts = { en: requestErrorsEn, de: requestErrorsDe }
const cases: Readonly<Record<keyof typeof requestErrorsEn, Readonly<Record<string, string>>>> = {
  invalid_client: { client_id: 'nobody' },
  invalid_redirect_uri: { redirect_uri: 'https://evil.example/' },
  unsupported_response_type: { response_type: 'pigeon' },
  unsupported_response_mode: { response_mode: 'pigeon' },
  invalid_request_uri: { request_uri: 'urn:ietf:params:oauth:request_uri:gone' },
  request_not_supported: { request: 'a.b.c' },
  request_uri_not_supported: { request_uri: 'https://app.example/request' },
  registration_not_supported: { registration: '{}' },
}

test.each(['en', 'de'] as const)(
  'each code has a sentence of its language (%s) and its details',
  async (language) => {
    for (const [code, changed] of Object.entries(cases)) {
      const wanted = { client_id: clientId, response_type: 'code', scope: 'openid', ...changed }
      const page = await show('/oauth/authorize', wanted, language)
      expect(page, code).toContain(`<html lang="${language}"`)
      expect(page, code).toContain(new Map(Object.entries(texts[language])).get(code))
      expect(page, code).toContain(`<code>${code}</code>`)
    }
  },
)

test('any other has the sentence of every request, at the sign-out too, and the words for developers are English', async () => {
  const missing = await show('/oauth/authorize', { client_id: clientId, response_type: 'code' }, 'de')
  const signOut = await show('/oauth/logout', { id_token_hint: 'not-a-token' }, 'de')
  for (const page of [missing, signOut]) {
    expect(page).toContain('Die Anfrage, mit der Sie hierher gelangt sind, ist ungültig')
    expect(page).toContain('<code>invalid_request</code>')
    expect(page).toMatch(/<span lang="en">[^<]+<\/span>/)
  }
})

async function show(path: string, params: Record<string, string>, language: string): Promise<string> {
  const response = await fetch(`${world.issuer}${path}?${new URLSearchParams(params).toString()}`, {
    redirect: 'manual',
    headers: { accept: 'text/html', 'accept-language': language },
  })
  expect(response.status).toBe(400)
  return response.text()
}
