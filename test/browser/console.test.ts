/**
 * The console in a real browser: every page obeys its own policy, raises no error, has one heading, and fits a narrow phone.
 * With SCREENSHOTS=<folder> each is also saved as it looks, narrow and wide, light and dark. Here are the pages of the
 * installation; those of people, of apps and of keys stand beside this file.
 */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { requireClient } from '../../src/domain/clients/client.ts'
import { changeClient } from '../../src/domain/clients/lifecycle.ts'
import { describeConsole, lookAt, looksRight } from '../support/console-in-chromium.ts'
import type { World } from '../support/world.ts'

describeConsole('the console in a real browser', {}, (here) => {
  test('the overview, with and without anything to see', async () => {
    const at = here()
    const { world, page, complaints } = at
    await page.goto(`${world.issuer}/admin`)
    await looksRight(at, 'overview-empty')
    await seedActivity(world)
    await page.goto(`${world.issuer}/admin?span=week`)
    await looksRight(at, 'overview')
    expect(complaints).toEqual([])
  })

  test('signing keys, and asking before they are replaced', async () => {
    const at = here()
    const { world, page, complaints } = at
    await page.goto(`${world.issuer}/admin/signing-keys`)
    await looksRight(at, 'signing-keys')
    await page.getByRole('link', { name: 'A key is compromised' }).click()
    await looksRight(at, 'signing-keys-compromised')
    expect(complaints).toEqual([])
  })

  test.each(['en', 'de'])('the audit log, in %s', async (language) => {
    const at = here()
    const { world, page } = at
    const event = await seedChange(world)
    await page.setExtraHTTPHeaders({ 'accept-language': language })
    await lookAt(at, {
      [`${language}-audit`]: '/admin/audit',
      [`${language}-audit-filtered`]: '/admin/audit?type=client.*&from=2020-01-01T00:00',
      [`${language}-audit-none`]: '/admin/audit?address=203.0.113.250',
      [`${language}-audit-event`]: `/admin/audit/${event}`,
    })
  })

  test.each(['en', 'de'])('settings, a brand and health, in %s', async (language) => {
    const at = here()
    const { page } = at
    await page.setExtraHTTPHeaders({ 'accept-language': language })
    const wishes = 'name=Acme+%26+Sons&accent=%23c2410c&heading=Welcome+back'
    await lookAt(at, {
      [`${language}-settings`]: '/admin/settings',
      [`${language}-settings-brand`]: `/admin/settings/brand?${wishes}`,
      [`${language}-settings-preview`]: `/admin/settings/preview?${wishes}`,
      [`${language}-health`]: '/admin/health',
    })
  })
})

/** A client that was changed; answers the event that tells of it. */
async function seedChange(world: World): Promise<number> {
  const { id } = await world.makeClient({ metadata: { client_name: 'Nightly report', grant_types: [] } })
  const { version, metadata } = await requireClient(world.db, id)
  const changed = { ...metadata, client_name: 'Nightly invoices', tos_uri: 'https://example.com/terms' }
  const act = {
    actor: { type: 'client', id },
    now: new Date(),
    requestId: 'req_4fTq',
    address: '203.0.113.9',
    userAgent:
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Safari/537.36',
  } as const
  await changeClient(world.db, { id, version, metadata: changed }, act)
  const { rows } = await sql<{ id: number }>`select max(id) as id from audit_events`.execute(world.db)
  return rows[0]?.id ?? 0
}

/** A week of a small installation. The sign-in of this test may have been counted before it. */
async function seedActivity(world: World): Promise<void> {
  const client = await world.makeClient({ metadata: { client_name: 'Nightly report', grant_types: [] } })
  await sql`insert into activity_hours (hour, kind, subject, outcome, number)
    select date_trunc('hour', now()) - make_interval(hours => h), kind, subject, outcome,
      (10 + 8 * sin(h / 4.0) + (h * 7 % 11))::int * factor
    from generate_series(0, 167) h, (values ('sign_in', '', 'authenticated', 1), ('sign_in', '', 'rejected', 1),
      ('token', ${client.id}, 'client_credentials', 20), ('verification', ${client.id}, 'allowed', 300),
      ('verification', ${client.id}, 'insufficient_scope', 4)) as k (kind, subject, outcome, factor)
    on conflict (hour, kind, subject, outcome) do update set number = excluded.number`.execute(world.db)
}
