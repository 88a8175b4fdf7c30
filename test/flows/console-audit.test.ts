/** The console's audit log: what is found, what is told of it, and what leaves as a file. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditEvents } from '../../src/domain/audit/events.ts'
import { record } from '../../src/domain/audit/record.ts'
import { changeClient } from '../../src/domain/clients/lifecycle.ts'
import { requireClient } from '../../src/domain/clients/client.ts'
import { consoleAuditEventsDe, consoleAuditEventsEn } from '../../views/messages/console-audit-events.ts'
import { makeApiKey } from '../support/api-keys.ts'
import type { Administrator } from '../support/console.ts'
import { openConsole, withoutSecondFactor } from '../support/console.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let owner: Administrator

const requestId = 'req-of-the-test'
const longAgo = new Date('2024-02-29T12:00:00Z')

beforeAll(async () => {
  world = await openWorld({ env: withoutSecondFactor })
  owner = await openConsole(world, { path: '/admin/audit' })
})
afterAll(() => world.close())

/** The addresses of the events that a page lists. */
function listed(html: string): string[] {
  return [...html.matchAll(/href="\/admin\/audit\/(\d+)"/g)].map(([, id = '']) => id)
}

const search = async (query: Record<string, string>) =>
  (await owner.browser.visit(`/admin/audit?${new URLSearchParams(query).toString()}`)).html

/** Records what nobody else does, and answers its id. */
async function recordOne(details: Record<string, string> = {}, userAgent = 'test'): Promise<string> {
  const act = {
    actor: { type: 'operator' },
    now: longAgo,
    requestId,
    address: '203.0.113.77',
    userAgent,
  } as const
  await record(world.db, { type: 'api.tokens_ended', target: { type: 'api', id: 'api_gone' }, details }, act)
  const { rows } = await sql<{ id: number }>`select max(id) as id from audit_events`.execute(world.db)
  return String(rows[0]?.id)
}

function post(fields: Record<string, string>, administrator = owner): Promise<Response> {
  const csrf = administrator.place.forms.map((form) => form.fields['csrf']).find(Boolean) ?? ''
  return administrator.browser.send('/admin/audit/export', {
    method: 'POST',
    headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ csrf, ...fields }),
  })
}

test('every type of event has its sentence in both languages', () => {
  const keys = Object.keys(auditEvents).map((type) => type.replace('.', '_'))
  for (const sentences of [consoleAuditEventsEn, consoleAuditEventsDe]) {
    expect(Object.keys(sentences).sort()).toEqual(keys.sort())
  }
})

test('v5.0.0-16.2.1: what was done with an API key is told of its owner and of the key', async () => {
  const client = await world.makeClient({ metadata: { client_name: 'Deployer', grant_types: [] } })
  const by = { type: 'client', id: client.id } as const
  const api = await world.makeApi({ scopes: ['read'] })
  await world.permit(by, api, ['read'])
  const key = await makeApiKey(world, { owner: by, api, more: { name: 'Night deployments' } })
  const act = { actor: by, now: longAgo, requestId, address: '203.0.113.78', keyId: key.id } as const
  await record(world.db, { type: 'api.tokens_ended', target: { type: 'api', id: 'api_gone' } }, act)
  const list = await search({ address: '203.0.113.78' })
  const [id = ''] = listed(list)
  const { html } = await owner.browser.visit(`/admin/audit/${id}`)
  for (const page of [list, html]) {
    expect(page).toContain(`href="/admin/keys/${key.id}"`)
    expect(page).toContain('Night deployments')
    expect(page).toContain('Deployer')
  }
  expect(html).not.toContain('by_key')
  await sql`delete from api_keys where id = ${key.id}`.execute(world.db)
  const gone = (await owner.browser.visit(`/admin/audit/${id}`)).html
  expect(gone).toContain(`>${key.id}</code>`)
  expect(gone).not.toContain('Night deployments')
})

describe('filters', () => {
  test('each finds the event alone, and another value does not', async () => {
    const id = await recordOne()
    const found = {
      type: 'api.tokens_ended',
      target: 'api_gone',
      address: '203.0.113.77',
      request: requestId,
      from: '2024-02-29T12:00',
      until: '2024-02-29T12:01',
    }
    const others = {
      type: 'api.deleted',
      target: 'api_other',
      address: '203.0.113.78',
      request: 'another',
      from: '2024-02-29T12:00:01',
      until: '2024-02-29T12:00',
    }
    const span = { from: found.from, until: found.until }
    for (const [name, value] of Object.entries(found)) {
      const other = others[name as keyof typeof others]
      expect(listed(await search({ ...span, [name]: value })), name).toContain(id)
      expect(listed(await search({ ...span, [name]: other })), `${name} ${other}`).not.toContain(id)
    }
    expect(listed(await search({ type: 'api.*', actor: 'operator', address: '203.0.113.77' }))).toContain(id)
    expect(listed(await search({ type: 'client.*', address: '203.0.113.77' }))).toEqual([])
  })

  test('an email address stands for its account, as actor and as target', async () => {
    const { email, id } = owner.account
    for (const name of ['actor', 'target']) {
      const byEmail = listed(await search({ [name]: email }))
      expect(byEmail.length).toBeGreaterThan(0)
      expect(byEmail).toEqual(listed(await search({ [name]: id })))
    }
    expect(listed(await search({ actor: 'nobody-here@example.com' }))).toEqual([])
  })

  test('ASVS 2.2.1: what makes no sense is named, and nothing is searched', async () => {
    for (const [name, value] of [
      ['type', 'no.such_type'],
      ['type', '__proto__.*'],
      ['target', 'planet:earth'],
      ['target', "acc_'; drop table accounts"],
      ['actor', 'operator:\u0000'],
      ['address', '<script>'],
      ['request', 'x'.repeat(500)],
      ['from', '2024-02-31T99:00'],
      ['until', 'yesterday'],
    ] as const) {
      const page = await owner.browser.visit(
        `/admin/audit?${new URLSearchParams({ [name]: value }).toString()}`,
      )
      expect(page.status, `${name}=${value}`).toBe(400)
      expect(page.html).toContain('This was not understood')
      expect(listed(page.html)).toEqual([])
      expect(page.html).not.toContain('<script>x')
    }
    expect((await owner.browser.visit('/admin/audit?after=somewhere')).status).toBe(200)
  })
})

test('pages keep their place and their filters while events are added, by id and within a span of time', async () => {
  const target = { type: 'api', id: 'api_paged' } as const
  const add = (second: number) =>
    record(
      world.db,
      { type: 'api.changed', target },
      { actor: { type: 'system' }, now: new Date(Date.UTC(2023, 0, 1, 0, 0, second % 60)) },
    )
  for (let second = 0; second < 120; second += 1) await add(second)
  for (const filters of [
    { target: 'api_paged' },
    { type: 'api.changed', from: '2023-01-01T00:00', until: '2023-01-02T00:00' },
  ]) {
    const seen: string[] = []
    let url: string | undefined = `/admin/audit?${new URLSearchParams(filters).toString()}`
    while (url !== undefined) {
      const { html } = await owner.browser.visit(url)
      seen.push(...listed(html))
      url = [...html.matchAll(/href="(\/admin\/audit\?[^"]*after=[^"]*)"/g)]
        .at(-1)?.[1]
        ?.replaceAll('&amp;', '&')
      if (seen.length === 50) await add(200)
    }
    expect(new Set(seen).size).toBe(seen.length)
    const known = await world.db
      .selectFrom('auditEvents')
      .select('id')
      .where('targetId', '=', 'api_paged')
      .execute()
    // The one that was added is newer by id, and within the span its time is its place.
    expect(known.length - seen.length).toBeLessThanOrEqual(1)
  }
})

describe('one event', () => {
  test('a change tells what was before and what is after', async () => {
    const { id } = await world.makeClient({ metadata: { client_name: 'Before <b>', grant_types: [] } })
    const { version, metadata } = await requireClient(world.db, id)
    const act = { actor: { type: 'account', id: owner.account.id }, now: new Date(), requestId } as const
    await changeClient(
      world.db,
      { id, version, metadata: { ...metadata, client_name: 'After' }, pkceRequired: true },
      act,
    )
    const [event] = listed(await search({ type: 'client.changed', target: id }))
    const { html } = await owner.browser.visit(`/admin/audit/${event}`)
    expect(html).toContain('<del class="diff">&quot;Before &lt;b&gt;&quot;</del>')
    expect(html).toContain('<ins class="diff">&quot;After&quot;</ins>')
    expect(html).toContain(`href="/admin/clients/${id}"`)
    expect(html).toContain(owner.account.email)
    expect(html).toContain(`/admin/audit?request=${requestId}`)
  })

  test('what is unknown is not there', async () => {
    for (const id of ['999999999', '0', 'abc', '-1', '1e3', '99999999999999999999'])
      expect((await owner.browser.visit(`/admin/audit/${id}`)).status, id).toBe(404)
  })
})

describe('files', () => {
  test('CSV holds what the filters find, and no cell is a formula', async () => {
    const hostile = ['=HYPERLINK("http://evil.example")', '+1', '-1', '@SUM(1)', '\tx', ' =1', 'a,"b"']
    for (const text of hostile) await recordOne({}, text)
    const response = await post({ format: 'csv', request: requestId, target: 'api_gone' })
    expect(response.headers.get('content-type')).toContain('text/csv')
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="audit-[\d-]+\.csv"$/)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const [header, ...lines] = (await response.text()).trimEnd().split('\r\n')
    expect(header).toMatch(/^id,occurred_at,type,/)
    expect(lines.length).toBeGreaterThanOrEqual(hostile.length)
    expect(lines.every((line) => line.includes('api_gone'))).toBe(true)
    const cells = lines.flatMap((line) => line.match(/("([^"]|"")*"|[^,]*)(,|$)/g) ?? [])
    for (const cell of cells) expect(cell).not.toMatch(/^"?\s*[=+\-@]/)
    expect(lines.join()).toContain(`"'=HYPERLINK(""http://evil.example"")"`)
    expect(lines.join()).toContain('"a,""b"""')
  })

  test('JSON Lines holds every event of a search, beyond a batch, and the log says who took it', async () => {
    await sql`insert into audit_events (occurred_at, type, actor_type, target_type, target_id)
      select now(), 'api.changed', 'system', 'api', 'api_many' from generate_series(1, 2500)`.execute(
      world.db,
    )
    const response = await post({ format: 'jsonl', target: 'api_many' })
    const lines = (await response.text()).trimEnd().split('\n')
    const ids = lines.map((line) => (JSON.parse(line) as { id: number }).id)
    expect(new Set(ids).size).toBe(2500)
    expect(ids).toEqual(ids.toSorted((a, b) => b - a))
    const exported = listed(await search({ type: 'audit.exported', actor: owner.account.id }))
    const { html } = await owner.browser.visit(`/admin/audit/${exported[0]}`)
    expect(html).toContain('target=api_many')
  })

  test('a file is not made of filters that make no sense, nor of a format there is none of', async () => {
    const before = listed(await search({ type: 'audit.exported' })).length
    for (const fields of [{}, { format: 'exe' }, { format: 'csv', from: 'yesterday' }])
      expect((await post(fields)).status).toBe(303)
    expect(listed(await search({ type: 'audit.exported' })).length).toBe(before)
  })

  test('F5: a receiver that leaves takes nothing down', async () => {
    const response = await post({ format: 'jsonl', type: 'api.*' })
    await response.body?.cancel()
    expect((await owner.browser.visit('/admin/audit')).status).toBe(200)
    expect(world.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([])
  })
})
