/** "What would happen" at the console: the same bytes as introspection, told only to whoever may see keys, and kept nowhere. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { revokeApiKey } from '../../src/domain/api-keys/lifecycle.ts'
import { createRole } from '../../src/domain/apis/roles.ts'
import { giveRole } from '../../src/domain/apis/role-members.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { makeApiKey } from '../support/api-keys.ts'
import type { TestKey } from '../support/api-keys.ts'
import type { Browser } from '../support/browser.ts'
import { openConsole, withoutSecondFactor } from '../support/console.ts'
import type { Administrator } from '../support/console.ts'
import { basicWays } from '../support/introspection.ts'
import { openWorld } from '../support/world.ts'
import type { TestApi, TestClient, World } from '../support/world.ts'

let world: World
let admin: Administrator
let resource: TestClient
let owner: TestClient
let api: TestApi
let key: TestKey

beforeAll(async () => {
  world = await openWorld({ env: withoutSecondFactor })
  admin = await openConsole(world, { path: '/admin/explain' })
  resource = await world.makeClient({ metadata: { client_name: 'Invoices API', grant_types: [] } })
  api = await world.makeApi({ scopes: ['read', 'write'], introspectors: [resource] })
  owner = await world.makeClient({ metadata: { grant_types: [] } })
  await world.permit({ type: 'client', id: owner.id }, api, ['read', 'write'])
  key = await makeApiKey(world, { owner: { type: 'client', id: owner.id }, api })
})
afterAll(() => world.close())

const csrfOf = ({ place }: Administrator) =>
  place.forms.map(({ fields }) => fields['csrf']).find((value) => value !== undefined) ?? ''

async function ask(
  fields: Readonly<Record<string, string>>,
  { browser, csrf }: { readonly browser: Browser; readonly csrf: string } = {
    browser: admin.browser,
    csrf: csrfOf(admin),
  },
): Promise<{ status: number; html: string; headers: Headers }> {
  const response = await browser.send('/admin/explain', {
    method: 'POST',
    headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ csrf, ...fields }),
  })
  return { status: response.status, html: await response.text(), headers: response.headers }
}

const entities: Readonly<Record<string, string>> = {
  '&quot;': '"',
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&#39;': "'",
}

function answerIn(html: string): string {
  const [, text = ''] = /<code id="answer-bytes">([^<]*)<\/code>/.exec(html) ?? []
  return text.replace(/&(?:quot|amp|lt|gt|#39);/g, (entity) => entities[entity] ?? entity)
}

function stepsIn(html: string): readonly string[] {
  return [...html.matchAll(/data-step="(\w+)" data-outcome="(\w+)"/g)].map(
    ([, name, outcome]) => `${name} ${outcome}`,
  )
}

describe('the page', () => {
  test.each([
    [{}, {}],
    [{ scope: 'read' }, { required_scope: 'read' }],
    [{ scope: 'read AND write' }, { required_scope: 'read AND write' }],
    [
      { address: '192.0.2.1', cost: '3' },
      { client_ip: '192.0.2.1', cost: '3' },
    ],
  ])('shows the very bytes that the API gets: %j', async (fields, members) => {
    const { status, html } = await ask({ credential: ` ${key.text}\n`, ...fields })
    const [way] = basicWays(world, resource)
    expect(status).toBe(200)
    expect(answerIn(html)).toBe((await way?.ask({ token: key.text, ...members }))?.text)
    expect(stepsIn(html)).toHaveLength(6)
  })

  test('names the step that fails, and reaches none after it', async () => {
    const { html } = await ask({ credential: key.text, scope: 'write' })
    expect(stepsIn(html)).toEqual([
      'credential passed',
      'audience passed',
      'owner passed',
      'address passed',
      'permission failed',
      'limits not_reached',
    ])
    expect(html).toContain('the key does not have it')
  })

  test.each([
    [{ credential: '' }, 'Paste a credential first'],
    [{ scope: 'read AND' }, 'This is no requirement'],
    [{ address: '10.0.0' }, 'This is no address'],
    [{ cost: '-1' }, 'Write a whole number'],
    [{ api: 'https://nobody.example/' }, 'There is no API'],
  ])('says what it cannot read beside the field: %j', async (fields, sentence) => {
    const { status, html } = await ask({ credential: key.text, ...fields })
    expect([status, html.includes(sentence)]).toEqual([400, true])
    // The rest stays as it was typed, but for the credential.
    expect(html).not.toContain(key.text)
  })

  test.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    `lk_${'0'.repeat(12)}_${'z'.repeat(38)}`,
    'x'.repeat(20_000),
    `${Buffer.from('{"alg":"none","typ":"<b>"}').toString('base64url')}.${Buffer.from('{"iss":"<img src=x>"}').toString('base64url')}.`,
    '\u{202e}evil.'.repeat(3),
  ])('hostile credentials are explained like any other: %#', async (credential) => {
    const { status, html } = await ask({ credential })
    expect(status).toBe(200)
    expect(answerIn(html)).toBe('{"active":false}')
    expect(html).not.toMatch(/<script>alert|<img src=x|<b>/)
  })

  test('who revoked a key is named, and linked', async () => {
    const by = await openConsole(world)
    const second = await makeApiKey(world, {
      owner: { type: 'client', id: owner.id },
      api,
    })
    const act = { ...systemAct(new Date()), actor: { type: 'account', id: by.account.id } as const }
    await revokeApiKey(world.db, { id: second.id, reason: 'It was on a slide.' }, act)
    const { html } = await ask({ credential: second.text })
    for (const part of [by.account.email, 'It was on a slide.', `/admin/accounts/${by.account.id}`])
      expect(html).toContain(part)
  })
})

describe('it keeps nothing and tells nobody else', () => {
  test('v5.0.0-14.2.1: the credential is in no log, no audit event, no page and no address', async () => {
    const { html, headers } = await ask({ credential: key.text, scope: 'read' })
    expect(html).not.toContain(key.text)
    expect(headers.get('cache-control')).toContain('no-store')
    expect(world.logLines.join('\n')).not.toContain(key.text)
    const events = await world.db.selectFrom('auditEvents').selectAll().execute()
    expect(JSON.stringify(events)).not.toContain(key.text)
    // What stands in the address is not read: it would be in the history of the browser and in logs on the way.
    const place = await admin.browser.visit(
      `/admin/explain?credential=${encodeURIComponent('lk_in_the_address')}`,
    )
    expect(place.html).not.toContain('lk_in_the_address')
  })

  test('API5: an administrator without keys:read gets no explanation, whatever is pasted', async () => {
    const account = await world.makeAccount()
    const role = await createRole(
      world.db,
      {
        id: 'role_clients_only',
        apiId: 'management',
        name: 'clients only',
        description: 'Sees clients.',
        scopes: ['clients:read'],
      },
      systemAct(new Date()),
    )
    await giveRole(
      world.db,
      { roleId: role.id, owner: { type: 'account', id: account.id } },
      systemAct(new Date()),
    )
    const stranger = await openConsole(world, { account, path: '/admin/clients' })
    const as = { browser: stranger.browser, csrf: csrfOf(stranger) }
    const answers = await Promise.all([ask({ credential: key.text }, as), ask({ credential: 'x' }, as)])
    for (const { status, html } of answers) {
      expect(status).toBe(403)
      expect(html).not.toMatch(/data-step|active/)
    }
  })
})
