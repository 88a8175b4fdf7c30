import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { signIn } from '../support/browser-like.ts'
import { authorizeUrl, newPkce } from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

function request(params: Readonly<Record<string, string | undefined>> = {}): URL {
  const pkce = { code_challenge: newPkce().challenge, code_challenge_method: 'S256' }
  return authorizeUrl(stage.world, { client_id: stage.app.id, scope: 'openid', ...pkce, ...params })
}

test('P12, RFC 9207 §2: a code comes with the issuer, exactly as in the metadata, and once', async () => {
  const { callback } = await stage.code(stage.app)
  expect(callback.searchParams.getAll('iss')).toEqual([stage.world.issuer])
})

test('P12, RFC 9207 §2: so does a refusal by the person', async () => {
  const { world, account } = stage
  const stranger = await world.makeClient({ metadata: { redirect_uris: ['https://app.example/callback'] } })
  const authorizeUrl = request({ client_id: stranger.id })
  const { callback } = await signIn(world, { account, authorizeUrl, decision: 'deny' })
  expect(callback.searchParams.get('error')).toBe('access_denied')
  expect(callback.searchParams.getAll('iss')).toEqual([world.issuer])
})

test.each([
  ['invalid_request', { code_challenge: undefined }],
  ['unsupported_response_type', { response_type: 'token' }],
  ['invalid_target', { resource: 'https://unknown.example/' }],
  ['login_required', { prompt: 'none' }],
])('P12, RFC 9207 §2: so does %s', async (error, params) => {
  const { leavingTo } = await openBrowser(stage.world).visit(request(params))
  const answered =
    leavingTo?.search === '' ? new URLSearchParams(leavingTo.hash.slice(1)) : leavingTo?.searchParams
  expect(answered?.get('error')).toBe(error)
  expect(answered?.getAll('iss')).toEqual([stage.world.issuer])
})

test('P12, RFC 9207 §2: so does an answer that a form posts', async () => {
  const place = await openBrowser(stage.world).visit(request({ prompt: 'none', response_mode: 'form_post' }))
  const form = place.forms.find(({ action }) => action === 'https://app.example/callback')
  if (form === undefined) expect(place.status).toBe(400)
  else expect(form.fields['iss']).toBe(stage.world.issuer)
})
