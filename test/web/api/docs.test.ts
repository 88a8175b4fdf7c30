/** The page of the management API: made of the document, complete, and with nothing that our policy forbids. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { problemTitles } from '../../../src/web/api/problem.ts'
import { apiRouteTable } from '../../../src/web/api/routes.ts'
import { openWorld } from '../../support/world.ts'
import type { World } from '../../support/world.ts'

let world: World
beforeAll(async () => void (world = await openWorld()))
afterAll(() => world.close())

const page = async (language = 'en') => {
  const headers = { accept: 'text/html', 'accept-language': language }
  const response = await fetch(`${world.issuer}/api/docs`, { headers })
  return { response, text: await response.text() }
}

test('shows every route with its scope, and every code that is answered', async () => {
  const { response, text } = await page()
  expect(response.status).toBe(200)
  for (const { id, scope } of apiRouteTable) {
    expect(text, id).toContain(`id="${id}"`)
    if (scope !== undefined) expect(text).toContain(`<code>${scope}</code>`)
  }
  for (const code of Object.keys(problemTitles)) expect(text, code).toContain(`id="problem-${code}"`)
})

test('has nothing inline and nothing from elsewhere (ASVS 3.4.3), and speaks German too', async () => {
  const { response, text } = await page('de')
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(text).not.toMatch(/<script>|<style|style="| on[a-z]+="|javascript:/)
  expect([...text.matchAll(/(?:src|href)="(https?:[^"]*)"/g)]).toEqual([])
  expect(text).toContain('lang="de"')
  expect(text).toContain('Ablehnungen')
})

test('the document is public, the same for everybody, and holds no secret of the installation', async () => {
  const response = await fetch(`${world.issuer}/api/openapi.json`)
  const text = await response.text()
  expect(response.headers.get('cache-control')).toBe('public, max-age=300')
  expect(response.headers.get('content-type')).toContain('application/json')
  expect(text).not.toContain(Buffer.alloc(32, 1).toString('base64'))
  expect(JSON.parse(text)).toMatchObject({ openapi: '3.1.1', servers: [{ url: `${world.issuer}/api/v1` }] })
})
