/** The console's pages of APIs: registered, given scopes, asked about, stopped. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { managementApiId } from '../../src/domain/administration/scopes.ts'
import { findApiById, requireApi } from '../../src/domain/apis/api.ts'
import { scopesOfOwner } from '../../src/domain/apis/permissions.ts'
import { createRole, requireRole } from '../../src/domain/apis/roles.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { randomId } from '../../src/platform/crypto/random.ts'
import { makeApiKey } from '../support/api-keys.ts'
import type { Browser, Place } from '../support/browser.ts'
import { postFields, problemOf, sendForm } from '../support/console-forms.ts'
import type { SentFields } from '../support/console-forms.ts'
import { openConsole, withoutSecondFactor } from '../support/console.ts'
import { introspect, postAs } from '../support/oauth.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let browser: Browser

beforeAll(async () => {
  world = await openWorld({ env: withoutSecondFactor })
  ;({ browser } = await openConsole(world, { path: '/admin/apis' }))
})
afterAll(() => world.close())

test('an API is registered with every setting, and its scopes come next', async () => {
  const identifier = `https://${randomId('x').toLowerCase().replace('_', '-')}.example/`
  const form = await browser.visit('/admin/apis/new')
  const page = await send(form, '/apis/new', {
    name: 'Invoices & <i>more</i>',
    identifier,
    token_format: 'jwt',
    signing_alg: 'EdDSA',
    access_token_lifetime_seconds: '900',
    accounts_need_permission: 'yes',
    account_keys: 'yes',
    minimum_acr: 'aal2',
  })
  expect(page.html).toContain('It was made.')
  expect(page.html).toContain('It has no scopes yet')
  expect(page.html).toContain('Invoices &amp; &lt;i&gt;more')
  const api = await requireApi(world.db, page.url.pathname.split('/').at(-1) ?? '')
  expect(api).toMatchObject({
    identifier,
    tokenFormat: 'jwt',
    signingAlg: 'EdDSA',
    accessTokenLifetimeSeconds: 900,
    accountsNeedPermission: true,
    accountKeys: true,
    minimumAcr: 'aal2',
  })
})

test('what is wrong stands beside its field, and what was typed stays', async () => {
  const form = await browser.visit('/admin/apis/new')
  const again = await send(form, '/apis/new', {
    name: '',
    identifier: 'https://api.example/#part',
    access_token_lifetime_seconds: 'long',
  })
  expect(again.status).toBe(400)
  expect(problemOf(again, 'name')).toContain('must not be empty')
  expect(problemOf(again, 'identifier')).toContain('has a fragment')
  expect(problemOf(again, 'access_token_lifetime_seconds')).toContain('must be a whole number')
  expect(again.html).toContain('value="https://api.example/#part"')
})

test('an identifier that another API has is refused', async () => {
  const { identifier } = await world.makeApi()
  const form = await browser.visit('/admin/apis/new')
  const again = await send(form, '/apis/new', { name: 'Twin', identifier })
  expect(again.status).toBe(409)
  expect(again.html).toContain('There is an API with this identifier or id already.')
})

test('on German pages what is refused is said in German, beside its field, above the form and on a page of its own', async () => {
  const { id, identifier } = await world.makeApi()
  const { forms } = await browser.visit('/admin/apis/new')
  const headers = { origin: world.issuer, 'sec-fetch-site': 'same-origin', 'accept-language': 'de' }
  const inGerman = async (path: string, fields?: Readonly<Record<string, string>>) => {
    const csrf = forms.map((form) => form.fields['csrf']).find((value) => value !== undefined) ?? ''
    const body = fields && new URLSearchParams({ csrf, ...fields })
    const response = await browser.send(path, { headers, ...(body && { method: 'POST', body }) })
    return { status: response.status, html: await response.text() }
  }
  const fields = { name: 'Twin', token_format: 'opaque', signing_alg: 'ES256', minimum_acr: 'aal1' }
  const lifetime = { access_token_lifetime_seconds: '600' }
  const taken = await inGerman('/admin/apis/new', { ...fields, ...lifetime, identifier })
  expect([taken.status, taken.html]).toEqual([409, expect.stringContaining('Es gibt schon eine API mit')])
  const wrong = await inGerman('/admin/apis/new', {
    ...fields,
    name: '',
    identifier: 'https://api.example/#part',
    access_token_lifetime_seconds: '99999',
  })
  expect(problemOf(wrong, 'name')).toContain('darf nicht leer sein')
  expect(problemOf(wrong, 'identifier')).toContain('hat ein Fragment')
  expect(problemOf(wrong, 'access_token_lifetime_seconds')).toContain('darf höchstens 86400 sein')
  const scope = await inGerman(`/admin/apis/${id}/scopes/new`, { version: '1', scope: 'two words' })
  expect(problemOf(scope, 'scope')).toContain('muss aus druckbaren ASCII-Zeichen bestehen')
  const builtIn = await inGerman(`/admin/apis/${managementApiId}/change`)
  expect(builtIn.html).toContain('Diese API gehört zum Server und lässt sich nicht ändern.')
  expect((await inGerman('/admin/apis?after=!')).html).toContain('after ist keine Stelle in dieser Liste.')
})

test('of two changes made from one page the later is told, and nothing is lost', async () => {
  const { id } = await world.makeApi()
  const form = await browser.visit(`/admin/apis/${id}/change`)
  expect((await send(form, '/change', { name: 'First' })).html).toContain('The changes were saved.')
  const late = await send(form, '/change', { name: 'Second' })
  expect([late.status, late.html.includes('Somebody else changed this meanwhile.')]).toEqual([409, true])
  expect((await requireApi(world.db, id)).name).toBe('First')
  await send(late, '/change', {})
  expect((await requireApi(world.db, id)).name).toBe('Second')
})

describe('scopes', () => {
  test('are added and described; wrong, taken and stale ones are refused where they stand', async () => {
    const { id } = await world.makeApi({ scopes: [] })
    const form = await browser.visit(`/admin/apis/${id}/scopes/new`)
    const wrong = await send(form, '/scopes/new', { scope: 'two words', description: '' })
    expect(problemOf(wrong, 'scope')).toContain('must have printable ASCII')
    expect(problemOf(wrong, 'description')).toContain('must not be empty')
    await send(form, '/scopes/new', { scope: 'a&b/c:read', description: 'See <b>things</b>.' })
    expect((await requireApi(world.db, id)).scopes).toEqual([
      { name: 'a&b/c:read', description: 'See <b>things</b>.' },
    ])
    const stale = await send(form, '/scopes/new', { scope: 'other', description: 'Other.' })
    expect(stale.status).toBe(409)
    const taken = await send(stale, '/scopes/new', { scope: 'a&b/c:read', description: 'Again.' })
    expect(problemOf(taken, 'scope')).toContain('already')
    const page = await browser.visit(`/admin/apis/${id}`)
    const link = /href="([^"]*\/scopes\/describe[^"]*)"/.exec(page.html)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const described = await send(await browser.visit(link), '/scopes/describe', { description: 'See all.' })
    expect(described.html).toContain('See all.')
    expect((await requireApi(world.db, id)).scopes).toEqual([{ name: 'a&b/c:read', description: 'See all.' }])
  })

  test('are removed after it was said from whom they are taken', async () => {
    const api = await world.makeApi()
    const client = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
    const account = await world.makeAccount()
    const owner = { type: 'client', id: client.id } as const
    await world.permit(owner, api, ['read', 'write'])
    await world.permit({ type: 'account', id: account.id }, api, ['write'])
    const act = systemAct(new Date())
    const role = {
      id: randomId('role'),
      apiId: api.id,
      name: 'all',
      description: '',
      scopes: ['read', 'write'],
    }
    await createRole(world.db, role, act)
    await makeApiKey(world, { owner, api, scopes: ['write'] })
    const asked = await browser.visit(`/admin/apis/${api.id}/scopes/remove?scope=write`)
    for (const sentence of [
      'It is taken from one client.',
      'It is taken from one account.',
      'It is taken out of one role.',
      'One API key that has it loses it.',
    ]) {
      expect(asked.html).toContain(sentence)
    }
    await browser.submit(asked, { action: '/scopes/remove' })
    expect((await requireApi(world.db, api.id)).scopes.map(({ name }) => name)).toEqual(['read'])
    expect([...(await scopesOfOwner(world.db, { apiId: api.id, owner }))]).toEqual(['read'])
    expect((await requireRole(world.db, role.id)).scopes).toEqual(['read'])
  })

  test('a removal that was asked about before somebody else changed the scopes is asked about again', async () => {
    const api = await world.makeApi()
    const asked = await browser.visit(`/admin/apis/${api.id}/scopes/remove?scope=write`)
    const form = await browser.visit(`/admin/apis/${api.id}/scopes/new`)
    await send(form, '/scopes/new', { scope: 'more', description: 'More.' })
    const again = await browser.submit(asked, { action: '/scopes/remove' })
    expect(again.status).toBe(409)
    expect((await requireApi(world.db, api.id)).scopes).toHaveLength(3)
  })
})

test('a client is found, let ask, and stopped; each takes effect', async () => {
  const api = await world.makeApi()
  const guard = await world.makeClient({ metadata: { client_name: 'Guard of it', grant_types: [] } })
  const service = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  await world.permit({ type: 'client', id: service.id }, api, ['read'])
  const form = { grant_type: 'client_credentials', resource: api.identifier, scope: 'read' }
  const token = String((await postAs(world, service, { path: '/oauth/token', form })).body['access_token'])
  expect((await introspect(world, guard, token)).body).toEqual({ active: false })
  const found = await browser.visit(`/admin/apis/${api.id}/introspectors?search=Guard+of`)
  const page = await send(found, '/introspectors', { client: guard.id })
  expect(page.html).toContain('Guard of it')
  expect((await introspect(world, guard, token)).body['active']).toBe(true)
  const asked = await browser.visit(`/admin/apis/${api.id}/introspectors/remove?client=${guard.id}`)
  await browser.submit(asked, { action: '/introspectors/remove' })
  expect((await introspect(world, guard, token)).body).toEqual({ active: false })
  expect((await send(found, '/introspectors', { client: 'nobody' })).status).toBe(404)
})

test('a disabled API is good for nothing; enabled again, its tokens and keys are', async () => {
  const guard = await world.makeClient({ metadata: { grant_types: [] } })
  const api = await world.makeApi({ introspectors: [guard] })
  const account = await world.makeAccount()
  const owner = { type: 'account', id: account.id } as const
  await world.permit(owner, api, ['read'])
  const { text } = await makeApiKey(world, { owner, api })
  expect((await introspect(world, guard, text)).body['active']).toBe(true)
  const page = await browser.submit(await browser.visit(`/admin/apis/${api.id}/disable`), {
    action: '/disable',
  })
  expect(page.html).toContain('This API is disabled')
  expect((await introspect(world, guard, text)).body).toEqual({ active: false })
  await browser.submit(await browser.visit(`/admin/apis/${api.id}/enable`), { action: '/enable' })
  expect((await introspect(world, guard, text)).body['active']).toBe(true)
})

test('a deleted API takes with it what the page had counted', async () => {
  const api = await world.makeApi()
  const client = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  await world.permit({ type: 'client', id: client.id }, api, ['read'])
  await makeApiKey(world, { owner: { type: 'client', id: client.id }, api })
  const asked = await browser.visit(`/admin/apis/${api.id}/delete`)
  expect(asked.html).toContain('One client loses what it was given here.')
  expect(asked.html).toContain('One API key is deleted.')
  const list = await browser.submit(asked, { action: '/delete' })
  expect(list.html).toContain('It was deleted.')
  expect(await findApiById(world.db, api.id)).toBeUndefined()
  const keys = await world.db.selectFrom('apiKeys').select('id').where('apiId', '=', api.id).execute()
  expect(keys).toEqual([])
})

test('the API of the server itself is shown and not changed by any page', async () => {
  const before = await requireApi(world.db, managementApiId)
  const url = `/admin/apis/${managementApiId}`
  const page = await browser.visit(url)
  expect(page.html).toContain('cannot be changed')
  expect(page.html).not.toMatch(/href="[^"]*\/(?:change|delete|disable|scopes\/new|introspectors)"/)
  for (const path of [
    'change',
    'scopes/new',
    'scopes/describe',
    'scopes/remove',
    'disable',
    'enable',
    'delete',
  ]) {
    expect((await browser.visit(`${url}/${path}`)).status, path).toBe(403)
    const { status } = await postFields(browser, page, `${url}/${path}`, {
      confirmed: 'yes',
      scope: 'accounts:read',
      description: 'x',
      name: 'x',
      version: String(before.version),
    })
    expect(status, path).toBe(403)
  }
  expect(await requireApi(world.db, managementApiId)).toEqual(before)
})

test('API5: who may change APIs, but does not administer, lets nobody ask about the installation', async () => {
  const account = await world.makeAccount()
  const mine = ['apis:read', 'apis:write', 'clients:read']
  await world.permit({ type: 'account', id: account.id }, { id: managementApiId, identifier: '' }, mine)
  const deputy = await openConsole(world, { account, path: '/admin/apis' })
  const { id: client } = await world.makeClient({ metadata: { grant_types: [] } })
  for (const path of ['introspectors', 'introspectors/remove']) {
    const to = `/admin/apis/${managementApiId}/${path}`
    const { status } = await postFields(deputy.browser, deputy.place, to, { client, confirmed: 'yes' })
    expect(status, path).toBe(403)
  }
})

test('the list is searched and paged, and turns hostile searches away unhurt', async () => {
  for (let made = 0; made < 22; made += 1) await world.makeApi({ settings: { name: `Paged ${made}` } })
  const first = await browser.visit('/admin/apis?search=paged')
  const next = /href="(\/admin\/apis\?[^"]*after=[^"]*)"/.exec(first.html)?.[1]?.replaceAll('&amp;', '&')
  const second = await browser.visit(next ?? '')
  const names = [first, second].flatMap(({ html }) => [...html.matchAll(/Paged \d+/g)].map(([name]) => name))
  expect(new Set(names).size).toBe(22)
  expect((await browser.visit('/admin/apis?search=nothing-has-this')).html).toContain('Nothing matches.')
  for (const search of ["' or true --", '<script>', '%', '\u0000', 'x'.repeat(201)]) {
    const { status, html } = await browser.visit(`/admin/apis?search=${encodeURIComponent(search)}`)
    expect([status < 500, html.includes('<script>')], search).toEqual([true, false])
  }
})

/** Sends a form as the owner. */
function send(place: Place, action: string, fields: SentFields): Promise<Place> {
  return sendForm(browser, place, action, fields)
}
