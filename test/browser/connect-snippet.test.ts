/** The snippet for an app in the browser, in a real one: a page of another origin that has it as it stands signs somebody in. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumMissing, inChromium, openChromium, watchForComplaints } from '../support/chromium.ts'
import { openConsole, withoutSecondFactor } from '../support/console.ts'
import { snippetIn } from '../support/snippets.ts'
import { patienceMilliseconds } from '../support/until.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const root = join(import.meta.dirname, '../..')

// What a bundler would find: where a browser gets the library, and what the library itself imports.
const imports = {
  'openid-client': '/node_modules/openid-client/build/index.js',
  oauth4webapi: '/node_modules/oauth4webapi/build/index.js',
  'jose/jwe/compact/decrypt': '/node_modules/jose/dist/webapi/jwe/compact/decrypt.js',
  'jose/errors': '/node_modules/jose/dist/webapi/util/errors.js',
}

let world: World
let chromium: Browser

describe.skipIf(chromiumMissing !== undefined)(inChromium('an app in the browser'), () => {
  beforeAll(async () => {
    world = await openWorld({ env: withoutSecondFactor })
    chromium = await openChromium()
  })
  afterAll(async () => {
    await chromium?.close()
    await world?.close()
  })

  test.each([
    ['that only wants to know who comes', { metadata: {}, isForApi: false, gets: 'bearer openid' }],
    ['that calls an API', { metadata: {}, isForApi: true, gets: 'bearer read' }],
    [
      'that pushes its requests, with bound tokens',
      {
        metadata: { require_pushed_authorization_requests: true, dpop_bound_access_tokens: true },
        isForApi: true,
        gets: 'dpop read',
      },
    ],
  ])('signs somebody in with its snippet: one %s', async (_, { metadata, isForApi, gets }) => {
    const app = await openApp()
    const tab = await chromium.newPage()
    try {
      const client = await world.makeClient({
        metadata: {
          redirect_uris: [`${app.origin}/callback`],
          allowed_origins: [app.origin],
          token_endpoint_auth_method: 'none',
          ...metadata,
        },
      })
      const person = await world.makeAccount()
      if (isForApi) {
        const api = await world.makeApi()
        await world.permit({ type: 'client', id: client.id }, api, ['read'])
        await world.permit({ type: 'account', id: person.id }, api, ['read'])
      }
      const { place } = await openConsole(world, { path: `/admin/clients/${client.id}/connect` })
      app.serve(snippetIn(place, 'browser-sign-in'))
      const complaints = watchForComplaints(tab)
      expect(await signInAt(tab, app.origin, person)).toBe(`${person.id} ${gets}`)
      expect(complaints).toEqual([])
    } finally {
      await tab.close()
      await app.close()
    }
  })
})

/** Begins at the app, and says what the app says in the end. */
async function signInAt(tab: Page, origin: string, person: { email: string; password: string }) {
  tab.setDefaultTimeout(patienceMilliseconds)
  // An app that breaks says nothing more.
  const broken = Promise.withResolvers<never>()
  tab.on('pageerror', (error) => broken.reject(error))
  const said = async () => {
    await tab.goto(origin)
    await tab.locator('input[name=login]').fill(person.email)
    await tab.locator('input[name=password]').fill(person.password)
    await tab.locator('form[action$="/login"] button[type=submit]').click()
    // Whoever is called back on this machine could be any program of it, so that a person is asked each time.
    await tab.locator('form[action$="/consent"] button[value=allow]').click()
    return tab.locator('output').innerText()
  }
  return Promise.race([said(), broken.promise])
}

/** A server for files alone: everything else the app does in the browser. */
async function openApp() {
  const files = new Map([
    ['/', page(`import { signIn } from '/app.js'\nawait signIn()`)],
    [
      '/callback',
      page(`import { finishSignIn } from '/app.js'
const tokens = await finishSignIn()
const output = document.createElement('output')
output.textContent = [tokens.claims().sub, tokens.token_type, tokens.scope].join(' ')
document.body.append(output)`),
    ],
  ])
  const contentOf = async (pathname: string): Promise<string | undefined> =>
    pathname.startsWith('/node_modules/') ? readFile(join(root, pathname), 'utf8') : files.get(pathname)
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(request.url ?? '/', 'http://app.example')
    const content = await contentOf(pathname).catch(() => undefined)
    const type = pathname.endsWith('.js') ? 'text/javascript' : 'text/html'
    response.writeHead(content === undefined ? 404 : 200, { 'content-type': type }).end(content)
  }
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (script: string) => void files.set('/app.js', script),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function page(script: string): string {
  return `<!doctype html><title>App</title><link rel="icon" href="data:,"><body>
<script type="importmap">${JSON.stringify({ imports })}</script><script type="module">${script}</script>`
}
