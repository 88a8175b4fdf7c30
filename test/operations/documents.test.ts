/** What the README promises about signing in and sessions, beside what the code does; and what only a look at the code can show. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { listSessions } from '../../src/oidc/session-list.ts'
import { contextWordsOf } from '../../src/composition/context-words.ts'
import { certificateEnv } from '../support/introspection.ts'
import { redirectUri, refresh, tokensFor } from '../support/oauth.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const metadata = { redirect_uris: [redirectUri], grant_types: ['authorization_code', 'refresh_token'] }
const root = join(import.meta.dirname, '../..')
let world: World
let readme: string

beforeAll(async () => {
  world = await openWorld({ env: certificateEnv })
  readme = await readFile(join(root, 'README.md'), 'utf8')
})
afterAll(() => world.close())

test('v5.0.0-6.1.2: the context words of the README are those that are refused', () => {
  const [, listed = ''] =
    /\*\*Context words\*\* \(ASVS 6\.1\.2\)[^:]*:\n([\s\S]*?)`BRAND_NAME`/.exec(readme) ?? []
  const documented = [...listed.matchAll(/`([a-z]+)`/g)].map(([, word]) => word)
  const words = new Set(contextWordsOf({ brandName: 'Acme Sprockets', issuer: 'https://id.acme.example' }))
  const ofInstallation = new Set([
    'Acme Sprockets',
    'Acme',
    'Sprockets',
    'id.acme.example',
    'id',
    'acme',
    'example',
  ])
  expect(new Set(documented)).toEqual(words.difference(ofInstallation))
  expect(ofInstallation.difference(words)).toEqual(new Set())
})

test('v5.0.0-6.1.3: every way in which a client authenticates has its row among the ways, and there is no other', async () => {
  const rows: Readonly<Record<string, string>> = {
    client_secret_basic: 'client secret',
    client_secret_post: 'client secret',
    private_key_jwt: '`private_key_jwt`',
    tls_client_auth: '`tls_client_auth`',
    none: 'public client',
  }
  const metadata = await fetch(`${world.issuer}/.well-known/openid-configuration`)
  const { token_endpoint_auth_methods_supported: methods } = z
    .looseObject({ token_endpoint_auth_methods_supported: z.array(z.string()) })
    .parse(await metadata.json())
  expect(new Set(methods)).toEqual(new Set(Object.keys(rows)))
  const table = readme.slice(
    readme.indexOf('### Ways to prove who one is'),
    readme.indexOf('### Sessions and lifetimes'),
  )
  for (const row of Object.values(rows)) expect(table).toMatch(new RegExp(`^\\| ${row} `, 'm'))
})

test('v5.0.0-7.1.1: the lifetimes of sessions are those that the README states and justifies', () => {
  const { sessionIdleSeconds, sessionLifetimeSeconds } = world.config.policyWith({})
  expect([sessionIdleSeconds, sessionLifetimeSeconds]).toEqual([3600, 86_400])
  expect(readme).toMatch(
    /^\| browser session +\| an hour without use, a day at most \(`SESSION_IDLE_SECONDS`/m,
  )
  expect(readme).toContain('| 3600, 86400 |')
  expect(readme).toMatch(
    /\*\*Why these\*\* \(ASVS 7\.1\.1\): an hour idle and a day at most .* NIST SP 800-63B-4/,
  )
})

test('v5.0.0-7.1.2: an account may have several sessions at once, and each is listed', async () => {
  const account = await world.makeAccount()
  const client = await world.makeClient({ metadata })
  const params = { scope: 'openid' }
  for (let browser = 0; browser < 4; browser += 1) await tokensFor(world, { account, client, params })
  expect(await listSessions(world.db, account.id)).toHaveLength(4)
})

test('v5.0.0-7.1.3: refresh tokens end with the session that made them, but for those with offline_access', async () => {
  const account = await world.makeAccount()
  const client = await world.makeClient({ metadata })
  const bound = await tokensFor(world, { account, client, params: { scope: 'openid' } })
  const params = { scope: 'openid offline_access', prompt: 'consent' }
  const lasting = await tokensFor(world, { account, client, params })
  expect((await refresh(world, client, bound.refreshToken)).status).toBe(200)
  const again = await tokensFor(world, { account, client, params: { scope: 'openid' } })
  await sql`update oidc_sessions set expires_at = now() - interval '1 second' where account_id = ${account.id}`.execute(
    world.db,
  )
  expect((await refresh(world, client, again.refreshToken)).status).toBe(400)
  expect((await refresh(world, client, lasting.refreshToken)).status).toBe(200)
})

test('v5.0.0-6.7.1: the public key of a passkey, and whose it is, are written when it is registered and never again', async () => {
  const files = await readdir(join(root, 'src'), { recursive: true })
  const written: string[] = []
  for (const file of files.filter((name) => name.endsWith('.ts') && !name.endsWith('schema.ts'))) {
    const text = await readFile(join(root, 'src', file), 'utf8')
    if (/insertInto\('passkeys'\)|insert into passkeys/.test(text)) written.push(`${file} inserts`)
    const changes = [
      ...text.matchAll(/updateTable\('passkeys'\)\s*\.set\(([^)]*)\)|update passkeys set ([^`]*)/g),
    ]
    for (const [, members = '', columns = ''] of changes) {
      expect(members + columns, file).not.toMatch(
        /publicKey|public_key|credentialId|credential_id|accountId|account_id/,
      )
      written.push(`${file} changes`)
    }
  }
  expect(written.filter((each) => each.endsWith('inserts'))).toEqual([
    'domain/second-factors/passkey-registration.ts inserts',
  ])
  // The count of uses and the name: if neither was found, this test would see nothing at all.
  expect(written.filter((each) => each.endsWith('changes')).length).toBeGreaterThanOrEqual(2)
})
