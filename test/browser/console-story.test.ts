/**
 * The story of a first day, in a real browser: from the link that the first start prints to a key that an API and a gateway
 * let through, and that stops working when it is revoked.
 */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSetupLink } from '../../src/domain/accounts/first-administrator.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { chromiumMissing, inChromium, openChromium, watchForComplaints } from '../support/chromium.ts'
import { codeAt } from '../support/totp.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const setupToken = 'setup-token-of-the-first-day'
const password = 'a long sentence nobody guesses'
const invoices = 'https://invoices.example/'

let world: World
let chromium: Browser
let page: Page

describe.skipIf(chromiumMissing !== undefined)(inChromium('a first day'), () => {
  beforeAll(async () => {
    world = await openWorld({ host: 'localhost' })
    chromium = await openChromium()
    page = await chromium.newPage()
    const expiresAt = new Date(Date.now() + 600_000)
    await createSetupLink(world.db, { token: setupToken, expiresAt }, systemAct(new Date()))
  })
  afterAll(async () => {
    await chromium?.close()
    await world?.close()
  })

  test('from the first link to a key that works at introspection and at a gateway, and then does not', async () => {
    const complaints = watchForComplaints(page)
    await becomeAdministrator()
    await registerApi()
    const asker = await registerClient('api', { id: 'invoices-api', name: 'Invoices API' })
    await registerClient('service', { id: 'nightly', name: 'Nightly report' })
    await letAsk()
    await permit()
    const key = await issueKey()
    expect(await introspect(asker, key)).toMatchObject({
      active: true,
      sub: 'nightly',
      decision: { allow: true },
    })
    expect(await verify(key)).toBe(204)
    expect(await verify(`${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`)).toBe(401)
    expect(await explain(key)).toContain('It would be accepted')
    await revoke()
    expect(await introspect(asker, key)).toEqual({ active: false })
    expect(await verify(key)).toBe(401)
    expect(await explain(key)).toContain('"active":false')
    await open('/admin/audit')
    expect(await page.locator('main').innerText()).toContain('api_key.revoked')
    expect(complaints).toEqual([])
  })
})

async function becomeAdministrator(): Promise<void> {
  await open(`/setup/${setupToken}`)
  await fill({ email: 'root@example.com', name: 'Rosa Root', password })
  await press('Create administrator')
  await follow('Open the console')
  await fill({ login: 'root@example.com', password })
  await press('Sign in')
  // Nobody administers anything with a password alone.
  await page.locator('summary').first().click()
  const secret = (await page.locator('main code').first().innerText()).replaceAll(' ', '')
  await fill({ code: codeAt(secret, new Date()) })
  await press('Turn on')
  await follow('I have saved them, continue')
  expect(page.url()).toBe(`${world.issuer}/admin`)
}

async function registerApi(): Promise<void> {
  await open('/admin/apis/new')
  await fill({ name: 'Invoices', identifier: invoices, id: 'invoices' })
  await press('Register the API')
  await open('/admin/apis/invoices/scopes/new')
  await fill({ scope: 'invoices:read', description: 'Read invoices.' })
  await press('Add a scope')
}

/** Registers a client and gives the secret that is shown this once. */
async function registerClient(
  type: 'api' | 'service',
  { id, name }: { readonly id: string; readonly name: string },
): Promise<{ readonly id: string; readonly secret: string }> {
  await open(`/admin/clients/new?type=${type}`)
  await fill({ client_name: name, id })
  await press('Register the client')
  return { id, secret: (await page.locator('.secret').first().innerText()).trim() }
}

async function letAsk(): Promise<void> {
  await open('/admin/apis/invoices/introspectors?search=invoices-api')
  await press('Let it ask')
}

async function permit(): Promise<void> {
  await open('/admin/clients/nightly/permissions/invoices')
  await page.locator('input[type=checkbox][value="invoices:read"]').check()
  await submitMain()
}

async function issueKey(): Promise<string> {
  await open('/admin/keys/new?owner=client%3Anightly&api=invoices')
  await fill({ name: 'Nightly key' })
  await page.locator('input[type=checkbox][value="invoices:read"]').check()
  await press('Make the key')
  const key = (await page.locator('.secret').first().innerText()).trim()
  expect(key).toMatch(/^lk_/)
  return key
}

async function revoke(): Promise<void> {
  await open('/admin/keys')
  await follow('Nightly key')
  await follow('Revoke')
  await fill({ reason: 'The story ends.' })
  await press('Revoke')
}

async function explain(credential: string): Promise<string> {
  await open('/admin/explain')
  await page.locator('textarea[name=credential]').fill(credential)
  await press('Explain')
  return page.locator('main').innerText()
}

async function introspect(asker: { readonly id: string; readonly secret: string }, token: string) {
  const response = await fetch(`${world.issuer}/oauth/introspect`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${asker.id}:${asker.secret}`)}` },
    body: new URLSearchParams({ token, required_scope: 'invoices:read' }),
  })
  return response.json()
}

/** What a gateway asks before it lets a request through. */
async function verify(credential: string): Promise<number> {
  const url = `${world.issuer}/verify?api=${encodeURIComponent(invoices)}&scope=invoices:read`
  const { status } = await fetch(url, { headers: { authorization: `Bearer ${credential}` } })
  return status
}

async function open(path: string): Promise<void> {
  await page.goto(`${world.issuer}${path}`)
}

async function fill(fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) await page.locator(`main [name="${name}"]`).fill(value)
}

async function press(name: string): Promise<void> {
  await Promise.all([
    page.waitForNavigation(),
    page.locator('main').getByRole('button', { name, exact: true }).click(),
  ])
}

async function submitMain(): Promise<void> {
  await Promise.all([
    page.waitForNavigation(),
    page.locator('main form[method=post] button[type=submit]').last().click(),
  ])
}

async function follow(name: string): Promise<void> {
  await Promise.all([
    page.waitForNavigation(),
    page.locator('main').getByRole('link', { name, exact: true }).first().click(),
  ])
}
