import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import type { Browser } from '../support/browser.ts'
import { signIn } from '../support/browser-like.ts'
import { dpopProof, newDpopKey } from '../support/dpop.ts'
import {
  authorizeUrl,
  codeFor,
  exchange,
  newPkce,
  postAs,
  redirectUri,
  refresh,
  revoke,
  textOf,
} from '../support/oauth.ts'
import { openStage } from '../support/stage.ts'
import type { Stage } from '../support/stage.ts'
import { testPassword } from '../support/world.ts'

let stage: Stage
const seen = new Map<string, string>()

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

/** Remembers a value that went over the wire and stands for somebody. */
function note(value: string, what: string): string {
  if (value.length < 16) throw new Error(`${what} is too short to be looked for: ${value}`)
  seen.set(value, what)
  return value
}

/** Every table as text: rows as JSON, with bytes as text in hexadecimal. */
async function dump(): Promise<Map<string, string>> {
  const tables = await sql<{
    name: string
  }>`select tablename as name from pg_tables where schemaname = 'public'`.execute(stage.world.db)
  const texts = new Map<string, string>()
  for (const { name } of tables.rows) {
    const rows = await sql<{
      row: string
    }>`select to_jsonb(t)::text as row from ${sql.table(name)} t`.execute(stage.world.db)
    texts.set(name, rows.rows.map(({ row }) => row).join('\n'))
  }
  return texts
}

/** What a reader of the dump could turn into the value without breaking anything. */
function spellings(value: string): string[] {
  const bytes = Buffer.from(value)
  return [
    value,
    bytes.toString('hex'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    encodeURIComponent(value),
  ]
}

async function found(): Promise<string[]> {
  const problems: string[] = []
  for (const [table, text] of await dump())
    for (const [value, what] of seen)
      if (spellings(value).some((spelling) => text.includes(spelling))) problems.push(`${what} in ${table}`)
  return problems
}

async function codeStory(): Promise<void> {
  const { world, web, app, account, api, jwtApi } = stage
  for (const client of [web, app]) {
    for (const { identifier } of [api, jwtApi]) {
      const browser = openBrowser(world)
      const params = { scope: 'openid offline_access read', resource: identifier, nonce: 'n'.repeat(20) }
      const code = await codeFor(world, { account, client, browser, params })
      note(code.code, 'a code')
      note(code.verifier, 'a PKCE verifier')
      noteCookies(browser)
      expect(await found()).toEqual([])
      const first = await exchange(world, client, code)
      noteTokens(first)
      const second = await refresh(world, client, textOf(first, 'refresh_token'))
      noteTokens(second)
      expect(await found()).toEqual([])
      await revoke(world, client, textOf(second, 'access_token'))
    }
  }
}

async function pushedStory(): Promise<void> {
  const { world, web, account } = stage
  const key = await newDpopKey()
  const { verifier, challenge } = newPkce()
  const form = {
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid',
    client_id: web.id,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  }
  const parProof = note(await dpopProof(key, `${world.issuer}/oauth/par`), 'a DPoP proof')
  const par = await postAs(world, web, { path: '/oauth/par', form, headers: { dpop: parProof } })
  const requestUri = textOf(par, 'request_uri')
  note(requestUri, 'a request_uri')
  note(requestUri.slice(requestUri.lastIndexOf(':') + 1), 'the secret part of a request_uri')
  expect(await found()).toEqual([])
  const none = { redirect_uri: undefined, response_type: undefined, state: undefined }
  const url = authorizeUrl(world, { client_id: web.id, request_uri: requestUri, ...none })
  const browser = openBrowser(world)
  const { callback } = await signIn(world, { account, authorizeUrl: url, browser })
  noteCookies(browser)
  const code = note(callback.searchParams.get('code') ?? '', 'a code')
  expect(await found()).toEqual([])
  const proof = note(await dpopProof(key, `${world.issuer}/oauth/token`), 'a DPoP proof')
  const exchangeForm = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  }
  noteTokens(await postAs(world, web, { path: '/oauth/token', form: exchangeForm, headers: { dpop: proof } }))
}

async function serviceStory(): Promise<void> {
  const { world, service, api, jwtApi } = stage
  for (const { identifier: resource } of [api, jwtApi]) {
    const form = { grant_type: 'client_credentials', resource }
    const answer = await postAs(world, service, { path: '/oauth/token', form })
    note(textOf(answer, 'access_token'), 'an access token of a service')
  }
}

function noteTokens(answer: Parameters<typeof textOf>[0]): void {
  expect(answer.status).toBe(200)
  for (const member of ['access_token', 'refresh_token', 'id_token']) {
    const value = textOf(answer, member)
    if (value !== '') note(value, member)
  }
}

function noteCookies(browser: Browser): void {
  for (const value of browser.cookies.everSet()) if (value.length >= 16) note(value, 'a cookie')
}

test('v5.0.0-11.3.3, 13.3.1: no code, token, secret, cookie, request_uri, proof or password stands in the database', async () => {
  note(testPassword, 'a password')
  for (const [name, { secret }] of Object.entries({
    web: stage.web,
    otherWeb: stage.otherWeb,
    service: stage.service,
    guard: stage.guard,
  }))
    note(secret, `the secret of ${name}`)
  await codeStory()
  await pushedStory()
  await serviceStory()
  expect(await found()).toEqual([])
  const kinds = new Set(seen.values())
  expect(kinds.size).toBeGreaterThanOrEqual(12)
  expect(seen.size).toBeGreaterThan(40)
})

test('16.2.5: nor in the log', () => {
  const log = stage.world.logLines.join('\n')
  expect(log.length).toBeGreaterThan(1000)
  const told = [...seen].filter(([value]) => spellings(value).some((spelling) => log.includes(spelling)))
  expect(told.map(([, what]) => what)).toEqual([])
})

test('the search finds what is there', async () => {
  const db = stage.world.db
  const [value] = seen.keys()
  await db
    .updateTable('clients')
    .set({ name: `x ${value ?? ''}` })
    .where('id', '=', stage.web.id)
    .execute()
  expect(await found()).toEqual([`${seen.get(value ?? '') ?? ''} in clients`])
})
