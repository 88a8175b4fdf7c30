/** API keys at the console: issued in three steps, looked at, changed, rotated, ended, and tidied up. */
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findApiKey } from '../../src/domain/api-keys/find.ts'
import type { ApiKey } from '../../src/domain/api-keys/find.ts'
import { rotateApiKey } from '../../src/domain/api-keys/rotate.ts'
import { withdrawPermission } from '../../src/domain/apis/permissions.ts'
import { disableClient } from '../../src/domain/clients/lifecycle.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { makeApiKey, making } from '../support/api-keys.ts'
import type { Browser, Place } from '../support/browser.ts'
import { makeAdministrator, openConsole, withoutSecondFactor } from '../support/console.ts'
import { basicWays } from '../support/introspection.ts'
import { openWorld } from '../support/world.ts'
import type { TestApi, TestClient, World } from '../support/world.ts'

let world: World
let browser: Browser
let token: string
let owner: TestClient
let resource: TestClient
let api: TestApi

beforeAll(async () => {
  world = await openWorld({ env: withoutSecondFactor })
})
afterAll(() => world.close())
beforeEach(async () => {
  const console = await openConsole(world, { path: '/admin/keys' })
  browser = console.browser
  token = csrfOf(console.place)
  owner = await world.makeClient({
    metadata: { client_name: 'Nightly report', grant_types: ['client_credentials'] },
  })
  resource = await world.makeClient({ metadata: { grant_types: [] } })
  api = await world.makeApi({ scopes: ['read', 'write', 'admin'], introspectors: [resource] })
  await world.permit({ type: 'client', id: owner.id }, api, ['read', 'write'])
})

const asOwner = () => ({ type: 'client', id: owner.id }) as const

describe('issuing a key', () => {
  test('three steps lead from an owner to a key that works, and its secret is shown once', async () => {
    const found = await browser.visit('/admin/keys/new?search=nightly')
    expect(found.html).toContain('Nightly report')
    const apis = await browser.visit(`/admin/keys/new?owner=client:${owner.id}`)
    expect(apis.html).toContain(api.identifier)
    const step = await browser.visit(`/admin/keys/new?owner=client:${owner.id}&api=${api.id}`)
    const ticks = [...step.html.matchAll(/<input type="checkbox" name="scope" value="([^"]+)"/g)].map(
      ([, name]) => name,
    )
    // What the owner does not hold cannot be ticked, and it is said why.
    expect(ticks).toEqual(['read', 'write'])
    expect(step.html).toContain('The owner was not given this scope')
    const made = await post('/admin/keys/new', issueForm(step))
    expect(made.status).toBe(200)
    expect(made.headers.get('cache-control')).toContain('no-store')
    const [text = ''] = /lk_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}/.exec(made.html) ?? []
    expect(made.html).toContain(`curl --user &#39;${resource.id}:CLIENT_SECRET&#39;`)
    expect(made.html).toContain(`Authorization: Bearer ${text}`)
    expect(await introspect(text)).toMatchObject({ active: true, scope: 'read' })
    const key = await only()
    const days = ((key.expiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000
    expect(Math.round(days)).toBe(90)
    expect((await browser.visit(`/admin/keys/${key.id}`)).html).not.toContain(text)
    expect(world.logLines.join('\n')).not.toContain(text)
  })

  test('the command beside a key with an address list comes from an address of the list', async () => {
    const step = await browser.visit(`/admin/keys/new?owner=client:${owner.id}&api=${api.id}`)
    const form = issueForm(step)
    const open = await post('/admin/keys/new', form)
    expect(open.html).not.toContain('client_ip')
    const another = issueForm(await browser.visit(`/admin/keys/new?owner=client:${owner.id}&api=${api.id}`))
    const made = await post('/admin/keys/new', { ...another, addresses: '192.0.2.0/24' })
    expect(made.html).toContain('--data &#39;client_ip=192.0.2.0&#39;')
  })

  test('the same form sent again makes no second key and shows no secret', async () => {
    const step = await browser.visit(`/admin/keys/new?owner=client:${owner.id}&api=${api.id}`)
    const form = issueForm(step)
    const places = await Promise.all([1, 2, 3].map(() => post('/admin/keys/new', form)))
    expect(places.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([
      200, 409, 409,
    ])
    const again = await post('/admin/keys/new', form)
    expect(again.status).toBe(409)
    expect(again.html).not.toMatch(/lk_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}/)
    expect(again.html).toContain('No second key was made')
    expect(await keysOfOwner()).toHaveLength(1)
  })

  test.each([
    ['name', { name: '' }, 'Write a name'],
    ['scopes', { scope: undefined }, 'Tick at least one'],
    ['a scope the owner lacks', { scope: 'admin' }, 'no longer holds all of these'],
    ['addresses', { addresses: '10.0.0.0/8\n10.0.0' }, '10.0.0 is not an address'],
    ['everybody as an address', { addresses: '0.0.0.0/0' }, '0.0.0.0/0 is not an address'],
    ['half a rate', { rate_requests: '10' }, 'Write whole numbers'],
    ['a rate in words', { rate_requests: 'ten', rate_seconds: '1' }, 'Write whole numbers'],
    ['none in one go', { rate_requests: '10', rate_seconds: '1', rate_burst: '0' }, 'Write whole numbers'],
    [
      'half of one in one go',
      { rate_requests: '10', rate_seconds: '1', rate_burst: '0.5' },
      'Write whole numbers',
    ],
    ['so many in one go of nothing', { rate_burst: '5' }, 'Write whole numbers'],
    ['a quota without a period', { quota_requests: '10', quota_period: '' }, 'choose day or month'],
    ['an end that is not offered', { expiry: '100000' }, 'Choose one of these'],
    ['keeping what is not there', { expiry: 'keep' }, 'Choose one of these'],
  ])('what is wrong is said beside the field, and nothing is made: %s', async (_, more, sentence) => {
    const step = await browser.visit(`/admin/keys/new?owner=client:${owner.id}&api=${api.id}`)
    const refused = await post('/admin/keys/new', { ...issueForm(step), ...more })
    expect(refused.status).toBe(400)
    expect(refused.html).toContain(sentence)
    expect(refused.html).toContain('class="field-error"')
    expect(await keysOfOwner()).toHaveLength(0)
    // The same form can still be sent, put right.
    expect((await post('/admin/keys/new', issueForm(step))).status).toBe(200)
  })

  test('a disabled owner gets no key', async () => {
    const step = await browser.visit(`/admin/keys/new?owner=client:${owner.id}&api=${api.id}`)
    await disableClient(world.db, owner.id, systemAct(new Date()))
    const refused = await post('/admin/keys/new', issueForm(step))
    expect([refused.status, refused.html.includes('The owner is disabled')]).toEqual([409, true])
  })

  test('API1: owners and APIs that are not there are told as such', async () => {
    for (const query of [
      'owner=client:none',
      'owner=none',
      `owner=client:${owner.id}&api=none`,
      'owner=account:%00',
    ]) {
      expect((await browser.visit(`/admin/keys/new?${query}`)).status, query).toBe(404)
    }
  })

  test('API5: nobody gives more of the installation than they hold', async () => {
    const account = await makeAdministrator(world, 'security')
    const console = await openConsole(world, { account, path: '/admin/keys' })
    const admin = await makeAdministrator(world, 'owner')
    const url = `/admin/keys/new?owner=account:${admin.id}&api=management`
    const step = await console.browser.visit(url)
    const form = { ...issueForm(step, csrfOf(console.place)), scope: 'accounts:read' }
    const refused = await post('/admin/keys/new', form, console.browser)
    expect([refused.status, refused.html.includes('more than you may do yourself')]).toEqual([403, true])
  })
})

describe('the list', () => {
  test('finds by name, by id as logs write it, and by owner; filters by state and API; keeps its place', async () => {
    const key = await makeApiKey(world, { owner: asOwner(), api, more: { name: 'Zebra crossing' } })
    for (const query of [
      'search=zebra',
      `search=lk_${key.id}`,
      `search=${owner.id}`,
      `owner=${owner.id}`,
      `api=${api.id}`,
      `state=active&api=${api.id}`,
    ]) {
      expect((await browser.visit(`/admin/keys?${query}`)).html, query).toContain('Zebra crossing')
    }
    for (const query of [
      'search=zebrb',
      `state=revoked&api=${api.id}`,
      'owner=nobody@example.test',
      'api=none',
    ]) {
      const { status, html } = await browser.visit(`/admin/keys?${query}`)
      expect([status, html.includes('Zebra crossing')], query).toEqual([200, false])
    }
    for (let index = 0; index < 21; index += 1) await makeApiKey(world, { owner: asOwner(), api })
    const first = await browser.visit(`/admin/keys?owner=${owner.id}`)
    const [, next = ''] = /href="([^"]*after=[^"]*)"/.exec(first.html) ?? []
    const second = await browser.visit(next.replaceAll('&amp;', '&'))
    expect([first.html.includes('Zebra crossing'), second.html.includes('Zebra crossing')]).toEqual([
      false,
      true,
    ])
  })

  test('T38: whatever stands in the address, it is no server error', async () => {
    for (const query of [
      'after=x',
      'search=%00',
      'api=%00',
      'owner=%00',
      'search=%ff',
      'state=x',
      `search=${'a'.repeat(3000)}`,
    ]) {
      expect((await browser.visit(`/admin/keys?${query}`)).status, query).toBeLessThan(500)
    }
  })
})

describe('one key', () => {
  test('shows use by outcome, scopes exercised and not, and scopes its owner lost', async () => {
    const key = await makeApiKey(world, { owner: asOwner(), api, scopes: ['read', 'write'] })
    await sql`insert into api_key_usage (key_id, hour, outcome, verifications) values
      (${key.id}, date_trunc('hour', now()), 'allowed', 1234), (${key.id}, date_trunc('hour', now()), 'rate_limited', 7)`.execute(
      world.db,
    )
    await sql`insert into api_key_scope_usage (key_id, scope, first_used_at, last_used_at) values (${key.id}, 'read', now(), now())`.execute(
      world.db,
    )
    await withdrawPermission(
      world.db,
      { apiId: api.id, owner: asOwner(), scopes: ['write'] },
      systemAct(new Date()),
    )
    const { html } = await browser.visit(`/admin/keys/${key.id}?span=day`)
    for (const part of ['1,234', 'Refused: rate limit', 'Exercised', 'Lost by the owner', 'Nightly report'])
      expect(html).toContain(part)
  })

  test('is changed from the version that was seen, and a change meanwhile is said with the form as it was typed', async () => {
    const key = await makeApiKey(world, { owner: asOwner(), api })
    const url = `/admin/keys/${key.id}/change`
    const change = {
      name: 'Renamed',
      scope: 'write',
      expiry: 'never',
      addresses: '10.0.0.0/8',
      rate_requests: '5',
      rate_seconds: '60',
      rate_burst: '2',
    }
    const saved = await post(url, { ...change, version: '1' })
    expect(saved.html).toContain('The changes were saved')
    expect(await findApiKey(world.db, key.id)).toMatchObject({
      name: 'Renamed',
      scopes: ['write'],
      expiresAt: undefined,
      allowedAddresses: ['10.0.0.0/8'],
      rateLimit: { requests: 5, seconds: 60, burst: 2 },
      quota: undefined,
    })
    expect((await browser.visit(`/admin/keys/${key.id}`)).html).toContain(
      '5 requests in 1 minute, at most 2 in one go',
    )
    expect((await browser.visit(url)).html).toMatch(/name="rate_burst"[^>]* value="2"/)
    const late = await post(url, { ...change, name: 'Too late', version: '1' })
    expect([
      late.status,
      late.html.includes('Somebody else changed this meanwhile'),
      late.html.includes('value="Too late"'),
    ]).toEqual([409, true, true])
    expect((await findApiKey(world.db, key.id))?.name).toBe('Renamed')
  })

  test('is rotated with an overlap; the older secret ends early on a click; a repeated form makes no third secret', async () => {
    const key = await makeApiKey(world, { owner: asOwner(), api })
    const form = { version: '1', overlap: '3600' }
    const rotated = await post(`/admin/keys/${key.id}/rotate`, form)
    const [text = ''] = /lk_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}/.exec(rotated.html) ?? []
    expect(await introspect(text)).toMatchObject({ active: true })
    expect(await introspect(key.text)).toMatchObject({ active: true })
    const again = await post(`/admin/keys/${key.id}/rotate`, form)
    expect([again.status, again.html.includes('changed or rotated meanwhile')]).toEqual([409, true])
    expect(again.html).not.toMatch(/lk_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}/)
    expect((await browser.visit(`/admin/keys/${key.id}`)).html).toContain('Nothing has used the older secret')
    const asked = await browser.visit(`/admin/keys/${key.id}/end-rotation`)
    const ended = await browser.submit(asked, { action: '/end-rotation' })
    expect(ended.url.pathname).toBe(`/admin/keys/${key.id}`)
    expect(await introspect(key.text)).toEqual({ active: false })
    expect(await introspect(text)).toMatchObject({ active: true })
  })

  test('is disabled, enabled, revoked with a reason and deleted, each at once; what destroys asks first', async () => {
    const key = await makeApiKey(world, { owner: asOwner(), api })
    await post(`/admin/keys/${key.id}/disable`, {})
    expect(await introspect(key.text)).toEqual({ active: false })
    await post(`/admin/keys/${key.id}/enable`, {})
    expect(await introspect(key.text)).toMatchObject({ active: true })
    await post(`/admin/keys/${key.id}/revoke`, { reason: 'unconfirmed' })
    await post(`/admin/keys/${key.id}/delete`, {})
    expect(await introspect(key.text)).toMatchObject({ active: true })
    const asked = await browser.visit(`/admin/keys/${key.id}/revoke`)
    const revoked = await browser.submit(asked, {
      action: '/revoke',
      fields: { reason: 'It was on a slide.' },
    })
    expect(revoked.html).toContain('It was on a slide.')
    expect(await introspect(key.text)).toEqual({ active: false })
    const { url } = await browser.submit(await browser.visit(`/admin/keys/${key.id}/delete`), {
      action: '/delete',
    })
    expect(url.pathname).toBe('/admin/keys')
    expect(await findApiKey(world.db, key.id)).toBeUndefined()
  })

  test('API5: a reader sees no button that would be refused', async () => {
    const key = await makeApiKey(world, { owner: asOwner(), api })
    const reader = await openConsole(world, {
      account: await makeAdministrator(world, 'read-only'),
      path: `/admin/keys/${key.id}`,
    })
    expect(reader.place.html).not.toMatch(/Revoke|Rotate<|>\s*Delete|>\s*Change/)
  })
})

describe('hygiene', () => {
  test('each finding is listed, a proposal does what its button says, and what can be undone is', async () => {
    const old = await makeApiKey(world, {
      owner: asOwner(),
      api,
      scopes: ['read', 'write'],
      more: { name: 'Old one' },
    })
    await sql`update api_keys set created_at = now() - interval '100 days' where id = ${old.id}`.execute(
      world.db,
    )
    await sql`insert into api_key_scope_usage (key_id, scope, first_used_at, last_used_at) values (${old.id}, 'read', now(), now())`.execute(
      world.db,
    )
    for (const finding of ['never_used', 'no_expiry', 'no_address_list', 'unused_scopes']) {
      expect(
        (await browser.visit(`/admin/hygiene?finding=${finding}&owner=${owner.id}`)).html,
        finding,
      ).toContain('Old one')
    }
    expect((await browser.visit('/admin/hygiene?owner=nobody%00')).status).toBe(200)
    expect((await browser.visit(`/admin/hygiene?finding=idle&owner=${owner.id}`)).html).not.toContain(
      'Old one',
    )
    const before = await findApiKey(world.db, old.id)

    const dropped = await propose('drop', [old.id])
    expect((await findApiKey(world.db, old.id))?.scopes).toEqual(['read'])
    expect(dropped.html).toContain('Old one')
    await browser.submit(dropped, { action: '/undo' })
    expect((await findApiKey(world.db, old.id))?.scopes).toEqual(['read', 'write'])

    const ending = await propose('expire', [old.id])
    expect((await findApiKey(world.db, old.id))?.expiresAt).toBeInstanceOf(Date)
    await browser.submit(ending, { action: '/undo' })
    const after = await findApiKey(world.db, old.id)
    expect({ ...after, version: 0, updatedAt: 0 }).toEqual({ ...before, version: 0, updatedAt: 0 })
  })

  test('ASVS 13.3.4: a key under a retired pepper leads to its rotation, after which it is none any more', async () => {
    const key = await makeApiKey(world, { owner: asOwner(), api, more: { name: 'Older hash' } })
    const url = `/admin/hygiene?finding=retired_pepper&owner=${owner.id}`
    expect((await browser.visit(url)).html).not.toContain('Older hash')
    await sql`update api_key_secrets set pepper_id = 'retired' where key_id = ${key.id}`.execute(world.db)
    const found = await browser.visit(url)
    expect(found.html).toContain('aria-label="Rotate: Older hash"')
    expect(found.html).toContain(`href="/admin/keys/${key.id}/rotate"`)
    await post(`/admin/keys/${key.id}/rotate`, { version: '1', overlap: '0' })
    expect((await browser.visit(url)).html).not.toContain('Older hash')
  })

  test('several at once; a change meanwhile is not undone; a key would never be left without any scope', async () => {
    const keys = [
      await makeApiKey(world, { owner: asOwner(), api }),
      await makeApiKey(world, { owner: asOwner(), api }),
    ]
    const ids = keys.map(({ id }) => id)
    const ending = await propose('expire', ids)
    await rotateApiKey(
      world.db,
      { making, rotation: { id: ids[0] ?? '', version: 2, overlapSeconds: 0 } },
      systemAct(new Date()),
    )
    const undos = [...ending.html.matchAll(/name="undo" value="([^"]+)"/g)].map(([, value = '']) =>
      value.replaceAll('&quot;', '"'),
    )
    expect(undos).toHaveLength(2)
    const body = new URLSearchParams([['csrf', token], ...undos.map((value) => ['undo', value])])
    const undone = await postBody('/admin/hygiene/undo', body)
    expect(undone.html).toContain('is as it was before')
    expect(undone.html).toContain('was changed again meanwhile')
    const asked = await browser.visit(`/admin/hygiene/confirm?proposal=drop&key=${ids[1]}`)
    expect(asked.html).toContain('there is nothing to do any more')
    await propose('revoke', ids)
    for (const id of ids) expect((await findApiKey(world.db, id))?.revokedAt).toBeInstanceOf(Date)
  })

  test('nothing is done without ticks, with made-up keys, or with an undo that was tampered with', async () => {
    expect((await post('/admin/hygiene/apply', { proposal: 'revoke', confirmed: 'yes' })).html).toContain(
      'Tick at least one',
    )
    expect(
      (await post('/admin/hygiene/apply', { proposal: 'revoke', confirmed: 'yes', key: 'aaaaaaaaaaaa' }))
        .status,
    ).toBe(200)
    const key = await makeApiKey(world, { owner: asOwner(), api, more: { name: 'Left alone' } })
    for (const undo of ['x', '[]', JSON.stringify([key.id, '1', []]), JSON.stringify(['x', 1, []])]) {
      expect([400, 404]).toContain((await post('/admin/hygiene/undo', { undo })).status)
    }
    // An undo gives nothing that its owner does not hold.
    const { html } = await post('/admin/hygiene/undo', { undo: JSON.stringify([key.id, 1, ['admin']]) })
    expect(html).toContain('stays as it is')
    expect((await findApiKey(world.db, key.id))?.scopes).toEqual(['read'])
  })
})

async function propose(proposal: string, ids: readonly string[]): Promise<Place> {
  const query = ids.map((id) => `&key=${id}`).join('')
  const asked = await browser.visit(`/admin/hygiene/confirm?proposal=${proposal}${query}`)
  expect(asked.status).toBe(200)
  const body = new URLSearchParams({ csrf: token, proposal, confirmed: 'yes' })
  for (const id of ids) body.append('key', id)
  return postBody('/admin/hygiene/apply', body)
}

function issueForm(step: Place, csrf = token): Record<string, string | undefined> {
  const once = step.forms.map(({ fields }) => fields['once']).find(Boolean) ?? ''
  const [, , ownerText = ''] = /name="(owner)" value="([^"]+)"/.exec(step.html) ?? []
  const [, , apiId = ''] = /name="(api)" value="([^"]+)"/.exec(step.html) ?? []
  return {
    csrf,
    once,
    owner: ownerText,
    api: apiId,
    name: 'A key',
    scope: 'read',
    expiry: '90',
    quota_period: '',
  }
}

function post(
  url: string,
  fields: Readonly<Record<string, string | undefined>>,
  by = browser,
): Promise<Place> {
  const given = Object.entries({ csrf: token, ...fields }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  )
  return postBody(url, new URLSearchParams(given), by)
}

/** As a browser sends a form; what it is led to is visited. */
async function postBody(url: string, body: URLSearchParams, by = browser): Promise<Place> {
  const headers = { origin: world.issuer, 'sec-fetch-site': 'same-origin' }
  const response = await by.send(url, { method: 'POST', headers, body })
  const location = response.headers.get('location')
  if (location !== null) return by.visit(location)
  const html = await response.text()
  const { formsIn } = await import('../support/html-forms.ts')
  return {
    url: new URL(url, world.issuer),
    status: response.status,
    headers: response.headers,
    html,
    forms: formsIn(html),
    leavingTo: undefined,
    trail: [],
  }
}

async function introspect(text: string): Promise<unknown> {
  const [way] = basicWays(world, resource)
  return (await way?.ask({ token: text }))?.body
}

async function keysOfOwner(): Promise<readonly string[]> {
  const rows = await world.db.selectFrom('apiKeys').select('id').where('ownerId', '=', owner.id).execute()
  return rows.map(({ id }) => id)
}

async function only(): Promise<ApiKey> {
  const key = await findApiKey(world.db, (await keysOfOwner())[0] ?? '')
  if (key === undefined) throw new Error('the owner has no key')
  return key
}

function csrfOf({ forms }: Place): string {
  return forms.map(({ fields }) => fields['csrf']).find((value) => value !== undefined) ?? ''
}
