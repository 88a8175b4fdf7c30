/** The console's pages of clients: registered, connected, changed and ended by somebody who may. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addIntrospector } from '../../src/domain/apis/introspectors.ts'
import { managementApiId } from '../../src/domain/administration/scopes.ts'
import { scopesOfOwner } from '../../src/domain/apis/permissions.ts'
import { createRole } from '../../src/domain/apis/roles.ts'
import { systemAct } from '../../src/domain/audit/act.ts'
import { findClient, requireClient } from '../../src/domain/clients/client.ts'
import type { AssertionAlg } from '../../src/domain/clients/jwks.ts'
import { randomId } from '../../src/platform/crypto/random.ts'
import { makeApiKey } from '../support/api-keys.ts'
import type { Browser, Place } from '../support/browser.ts'
import { openBrowser } from '../support/browser.ts'
import { signInOutcome } from '../support/browser-like.ts'
import { postFields, problemOf, sendForm } from '../support/console-forms.ts'
import type { SentFields } from '../support/console-forms.ts'
import { openConsole, withoutSecondFactor } from '../support/console.ts'
import { missing, openGateway, openUpstream } from '../support/gateway.ts'
import { introspect, postAs } from '../support/oauth.ts'
import { inPython, missingModules, startPython } from '../support/python.ts'
import { snippetIn } from '../support/snippets.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { freePort } from '../support/free-port.ts'
import { until } from '../support/until.ts'
import { deviceGrant, deviceMetadata } from '../support/devices.ts'
import { z } from 'zod'

// Programs of their own are started, which takes its time on a busy machine.
let world: World
let browser: Browser

beforeAll(async () => {
  world = await openWorld({ env: withoutSecondFactor })
  ;({ browser } = await openConsole(world, { path: '/admin/clients' }))
})
afterAll(() => world.close())

test('a web app is registered, its secret is shown once, and it works', async () => {
  const form = await browser.visit('/admin/clients/new?type=web')
  const shown = await send(form, '/clients/new', {
    client_name: 'Shop & <b>more</b>',
    redirect_uris: 'https://shop.example/callback\r\nhttps://shop.example/other\r\n',
    grant_types: ['authorization_code', 'client_credentials'],
  })
  expect(shown.status).toBe(200)
  const { id, secret } = secretIn(shown)
  const client = await requireClient(world.db, id)
  expect(client.metadata.redirect_uris).toEqual([
    'https://shop.example/callback',
    'https://shop.example/other',
  ])
  expect(client.metadata.grant_types).toEqual(['authorization_code', 'client_credentials'])
  expect(client.pkceRequired).toBe(true)
  const answer = await postAs(world, { id, secret }, { path: '/oauth/introspect', form: { token: 'x' } })
  expect(answer.body).toEqual({ active: false })
  const page = await browser.visit(`/admin/clients/${id}`)
  expect(page.html).toContain('Shop &amp; &lt;b&gt;more')
  expect(page.html).not.toContain(secret)
  expect((await browser.visit(`/admin/clients/${id}/connect`)).html).not.toContain(secret)
})

test('what is wrong stands beside its field, and what was typed stays', async () => {
  const form = await browser.visit('/admin/clients/new?type=web')
  const again = await send(form, '/clients/new', {
    client_name: '',
    redirect_uris: 'https://shop.example/a\nhttps://shop.example/*',
    refresh_grace_seconds: 'soon',
    logo_uri: 'http://shop.example/logo.png',
  })
  expect(again.status).toBe(400)
  expect(problemOf(again, 'client_name')).toContain('must not be empty')
  expect(problemOf(again, 'redirect_uris')).toContain('2: has a wildcard')
  expect(problemOf(again, 'refresh_grace_seconds')).toContain('whole number')
  expect(problemOf(again, 'logo_uri')).toContain('must use https')
  expect(again.html).toContain('https://shop.example/*</textarea')
  expect(again.html).toContain('soon')
})

test('a rule of the room is told above the form: a public client cannot do without PKCE', async () => {
  const form = await browser.visit('/admin/clients/new?type=web')
  const again = await send(form, '/clients/new', {
    client_name: 'No PKCE',
    redirect_uris: 'https://shop.example/callback',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code'],
    pkce_required: [],
  })
  expect(again.status).toBe(400)
  expect(again.html).toContain('A public client cannot be exempt from PKCE.')
})

test('a device is registered without an address to come back to, and other apps may be given its grant', async () => {
  const blank = await browser.visit('/admin/clients/new?type=device')
  expect(blank.html).not.toContain('redirect_uris')
  const fields = { client_name: 'Living room', grant_types: [deviceGrant, 'refresh_token'] }
  const page = await send(blank, '/clients/new', fields)
  const id = /\/admin\/clients\/(client_\w+)\/connect/.exec(page.html)?.[1] ?? ''
  expect((await requireClient(world.db, id)).metadata).toMatchObject({
    grant_types: [deviceGrant, 'refresh_token'],
    token_endpoint_auth_method: 'none',
    redirect_uris: [],
  })
  expect((await browser.visit('/admin/clients?type=device')).html).toContain(id)
  expect((await browser.visit('/admin/clients?type=service')).html).not.toContain(id)
  for (const type of ['web', 'public', 'native']) {
    const { forms } = await browser.visit(`/admin/clients/new?type=${type}`)
    const form = forms.find(({ action }) => action.endsWith('/clients/new'))
    expect(form?.fields['grant_types'], type).not.toBe(deviceGrant)
    expect((await browser.visit(`/admin/clients/new?type=${type}`)).html, type).toContain(deviceGrant)
  }
})

test('P30: a client with a certificate is registered by one of its names, and shows which', async () => {
  const form = await browser.visit('/admin/clients/new?type=service')
  const given = { client_name: 'Billing', token_endpoint_auth_method: 'tls_client_auth' }
  for (const [names, field] of [
    [{}, 'tls_client_auth_subject_dn'],
    [{ tls_client_auth_subject_dn: 'billing' }, 'tls_client_auth_subject_dn'],
    [{ tls_client_auth_subject_dn: 'CN=a', tls_client_auth_san_dns: 'a.example' }, 'tls_client_auth_san_dns'],
  ] as const) {
    const again = await send(form, '/clients/new', { ...given, ...names })
    expect(again.status).toBe(400)
    expect(problemOf(again, field)).toMatch(/exactly one|RFC 4514/)
  }
  const name = 'CN=billing,O=<Example>'.replace(/[<>]/g, '\\$&')
  const page = await send(form, '/clients/new', {
    ...given,
    tls_client_auth_subject_dn: name,
    tls_client_certificate_bound_access_tokens: 'yes',
  })
  expect(page.html).toContain(name.replace('<', '&lt;').replace('>', '&gt;'))
  expect(page.html).not.toContain('client_secret_basic')
  const id = /\/admin\/clients\/(client_\w+)\/connect/.exec(page.html)?.[1] ?? ''
  const { metadata, secrets } = await requireClient(world.db, id)
  expect(secrets).toEqual([])
  expect(metadata).toMatchObject({
    tls_client_auth_subject_dn: name,
    tls_client_certificate_bound_access_tokens: true,
  })
  const connect = await browser.visit(`/admin/clients/${id}/connect`)
  expect(snippetIn(connect, 'curl-token')).toContain('--cert "$CLIENT_CERTIFICATE" --key "$CLIENT_KEY"')
  expect(connect.html).not.toContain('CLIENT_SECRET')
  const change = await browser.visit(`/admin/clients/${id}/change`)
  const secret = await send(change, '/change', { token_endpoint_auth_method: 'client_secret_basic' })
  expect(problemOf(secret, 'tls_client_auth_subject_dn')).toContain('belongs to tls_client_auth alone')
})

test('an id that somebody has is refused, and nothing is made', async () => {
  const { id } = await world.makeClient({ metadata: { grant_types: [] } })
  const form = await browser.visit('/admin/clients/new?type=api')
  const again = await send(form, '/clients/new', { client_name: 'Twin', id })
  expect(again.status).toBe(409)
  expect((await requireClient(world.db, id)).name).toBe('Test app')
})

test('a change keeps what the form does not show, and loses none of two at once', async () => {
  const { id } = await world.makeClient({
    metadata: {
      grant_types: ['client_credentials'],
      contacts: ['ana@example.com'],
      client_uri: 'https://service.example/',
    },
  })
  const form = await browser.visit(`/admin/clients/${id}/change`)
  const saved = await send(form, '/change', { client_name: 'Report' })
  expect(saved.html).toContain('The changes were saved.')
  const client = await requireClient(world.db, id)
  expect(client.metadata).toMatchObject({
    client_name: 'Report',
    contacts: ['ana@example.com'],
    client_uri: 'https://service.example/',
    grant_types: ['client_credentials'],
  })
  const late = await send(form, '/change', { client_name: 'Late' })
  expect(late.status).toBe(409)
  expect(late.html).toContain('Somebody else changed this meanwhile.')
  expect(late.html).toContain('value="Late"')
  expect((await requireClient(world.db, id)).name).toBe('Report')
  expect((await send(late, '/change', {})).html).toContain('The changes were saved.')
  expect((await requireClient(world.db, id)).name).toBe('Late')
})

test('API1: settings that the form does not offer are not taken from it', async () => {
  const { id } = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  const form = await browser.visit(`/admin/clients/${id}/change`)
  await send(form, '/change', { application_type: 'native', tokens_end_before: '1', id: 'other', name: 'x' })
  const { metadata } = await requireClient(world.db, id)
  expect(metadata.application_type).toBe('web')
  expect(await findClient(world.db, 'other')).toBeUndefined()
})

test('a second secret, and no third; one expires, one is revoked, and each stops working', async () => {
  const client = await world.makeClient({ metadata: { grant_types: [] } })
  const form = await browser.visit(`/admin/clients/${client.id}/secrets/new`)
  const { secret } = secretIn(await send(form, '/secrets/new', { lifetime: 'week' }))
  expect(secret).not.toBe(client.secret)
  expect(await mayAsk({ id: client.id, secret })).toBe(true)
  expect((await send(form, '/secrets/new', { lifetime: 'forever' })).status).toBe(409)
  const page = await browser.visit(`/admin/clients/${client.id}`)
  expect(page.html).toContain('Two secrets work already.')
  const [old] = (await requireClient(world.db, client.id)).secrets
  const asked = await browser.visit(`/admin/clients/${client.id}/secrets/${old?.id ?? ''}/revoke`)
  expect(asked.html).toContain('The other secret goes on working.')
  const after = await browser.submit(asked, { action: '/revoke' })
  expect(after.html).toContain('It was revoked.')
  expect(await mayAsk(client)).toBe(false)
  expect(await mayAsk({ id: client.id, secret })).toBe(true)
  const foreign = await world.makeClient({ metadata: { grant_types: [] } })
  const other = (await requireClient(world.db, foreign.id)).secrets[0]?.id ?? ''
  expect((await browser.visit(`/admin/clients/${client.id}/secrets/${other}/revoke`)).status).toBe(404)
})

test('permissions and roles are given and taken, and only what was changed on the page changes', async () => {
  const { id } = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  const api = await world.makeApi({ scopes: ['read', 'write', 'admin'] })
  const act = systemAct(new Date())
  const role = await createRole(
    world.db,
    { id: randomId('role'), apiId: api.id, name: 'writer', description: '', scopes: ['write'] },
    act,
  )
  const chooser = await browser.visit(`/admin/clients/${id}/permissions?search=${api.id}`)
  expect(chooser.html).toContain(`/admin/clients/${id}/permissions/${api.id}`)
  const form = await browser.visit(`/admin/clients/${id}/permissions/${api.id}`)
  await send(form, `/permissions/${api.id}`, { scope: ['read'], role: [role.id] })
  expect(await scopes(id, api.id)).toEqual(['read', 'write'])
  // Somebody else gives `admin` while this page is open, which shows only `read` and the role.
  const open = await browser.visit(`/admin/clients/${id}/permissions/${api.id}`)
  await world.permit({ type: 'client', id }, api, ['admin'])
  await send(open, `/permissions/${api.id}`, {
    scope: [],
    role: [role.id],
    had_scope: ['read'],
    had_role: [role.id],
  })
  expect(await scopes(id, api.id)).toEqual(['admin', 'write'])
  const page = await browser.visit(`/admin/clients/${id}`)
  expect(page.html).toContain('by the role writer')
})

test('API5: who may give permissions, but does not administer, gives none of the installation', async () => {
  const { id } = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  const deputy = await openDeputy()
  const path = `/admin/clients/${id}/permissions/${managementApiId}`
  const form = await deputy.visit(path)
  expect(form.status).toBe(200)
  for (const fields of [
    { scope: ['clients:write'] },
    { role: ['role_read_only'] },
    { role: ['role_owner'] },
  ]) {
    expect((await sendForm(deputy, form, path, fields)).status).toBe(403)
  }
  expect(await scopes(id, managementApiId)).toEqual([])
  // An administrator of administrators may.
  const saved = await send(await browser.visit(path), path, { scope: ['clients:read'] })
  expect(saved.html).toContain('The changes were saved.')
  expect(await scopes(id, managementApiId)).toEqual(['clients:read'])
})

test('API3: who may do more than the administrator is not theirs to change, and neither are its secrets', async () => {
  const { id } = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  await world.permit({ type: 'client', id }, managementApi, ['signing-keys:rotate'])
  const deputy = await openDeputy()
  for (const path of ['change', 'secrets/new', 'disable', 'enable', 'delete']) {
    const url = `/admin/clients/${id}/${path}`
    expect((await deputy.visit(url)).status, path).toBe(403)
    const { forms } = await browser.visit(url)
    const fields = { ...forms.at(-1)?.fields, confirmed: 'yes' }
    const sent = await postFields(deputy, await deputy.visit('/admin/clients'), url, fields)
    expect(sent.status, path).toBe(403)
  }
  expect((await requireClient(world.db, id)).secrets).toHaveLength(1)
})

test('disabling names what ends and ends it; enabling lets it ask again', async () => {
  const api = await world.makeApi()
  const client = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
  await world.permit({ type: 'client', id: client.id }, api, ['read'])
  await makeApiKey(world, { owner: { type: 'client', id: client.id }, api, scopes: ['read'] })
  const guard = await guardOf(api.id)
  const token = await tokenOf(client, api.identifier)
  expect((await introspect(world, guard, token)).body['active']).toBe(true)
  const asked = await browser.visit(`/admin/clients/${client.id}/disable`)
  expect(asked.html).toContain('One API key of it stops working.')
  expect((await send(asked, '/disable', { confirmed: 'no' })).url.pathname).toContain('/disable')
  const page = await browser.submit(asked, { action: '/disable' })
  expect(page.html).toContain('This client is disabled')
  expect((await introspect(world, guard, token)).body).toEqual({ active: false })
  await browser.submit(await browser.visit(`/admin/clients/${client.id}/enable`), { action: '/enable' })
  expect((await introspect(world, guard, token)).body).toEqual({ active: false })
  expect(await tokenOf(client, api.identifier)).not.toBe('')
})

test('on German pages what is wrong is said in German beside its field, and the field is tied to it', async () => {
  const { forms } = await browser.visit('/admin/clients/new?type=web')
  const csrf = forms.map((form) => form.fields['csrf']).find((value) => value !== undefined) ?? ''
  const sendInGerman = async (fields: Readonly<Record<string, string>>) => {
    const response = await browser.send('/admin/clients/new', {
      method: 'POST',
      headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin', 'accept-language': 'de' },
      body: new URLSearchParams({ csrf, type: 'web', offered: 'grant_types', ...fields }),
    })
    return { status: response.status, html: await response.text() }
  }
  const each = await sendInGerman({
    client_name: 'Laden',
    redirect_uris: 'https://shop.example/*',
    grant_types: 'authorization_code',
    refresh_grace_seconds: '600',
  })
  expect(each.status).toBe(400)
  expect(problemOf(each, 'redirect_uris')).toContain('1: hat einen Platzhalter')
  expect(problemOf(each, 'refresh_grace_seconds')).toContain('darf höchstens')
  const together = await sendInGerman({
    client_name: 'Laden',
    redirect_uris: '',
    grant_types: 'refresh_token',
  })
  expect(problemOf(together, 'grant_types')).toContain('refresh_token braucht authorization_code')
  expect(together.html).toMatch(/<fieldset[^>]*aria-describedby="grant_types-error"/)
  const whole = await sendInGerman({
    client_name: 'Laden',
    id: 'acc_x',
    redirect_uris: 'https://shop.example/',
    grant_types: 'authorization_code',
  })
  expect(whole.html).toContain('Die ID darf nicht wie die eines Kontos beginnen.')
})

test('a deleted client is gone, and its page is not found', async () => {
  const { id } = await world.makeClient({ metadata: { grant_types: [] } })
  const asked = await browser.visit(`/admin/clients/${id}/delete`)
  const list = await browser.submit(asked, { action: '/delete' })
  expect([list.url.pathname, list.html.includes('It was deleted.')]).toEqual(['/admin/clients', true])
  expect(await findClient(world.db, id)).toBeUndefined()
  expect((await browser.visit(`/admin/clients/${id}`)).status).toBe(404)
})

test('the clients of the server itself are shown and not changed', async () => {
  const page = await browser.visit('/admin/clients/latchkey-console')
  expect(page.html).toContain('Part of this server')
  expect(page.html).not.toContain('/delete')
  for (const path of ['change', 'secrets/new', 'disable', 'delete']) {
    expect((await browser.visit(`/admin/clients/latchkey-console/${path}`)).status, path).toBe(403)
  }
})

describe('the list', () => {
  test('is found by name, id and redirect URI, in any case, whatever characters are typed', async () => {
    const { id } = await world.makeClient({
      metadata: { client_name: 'Needle 100%', redirect_uris: ['https://needle.example/cb'] },
    })
    for (const search of ['NEEDLE 100%', id, 'needle.example/cb']) {
      const { html } = await browser.visit(`/admin/clients?search=${encodeURIComponent(search)}`)
      expect(html, search).toContain(`/admin/clients/${id}`)
    }
    for (const search of ["' or true --", '<script>', '%', '_'.repeat(201), '\u0000', 'ネ']) {
      const { status, html } = await browser.visit(`/admin/clients?search=${encodeURIComponent(search)}`)
      expect(status, search).toBeLessThan(500)
      expect(html, search).not.toContain('<script>')
    }
  })

  test('is filtered by kind and state', async () => {
    const native = await world.makeClient({
      metadata: {
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1/cb'],
      },
    })
    const { html } = await browser.visit('/admin/clients?type=native')
    expect(html).toContain(native.id)
    expect(html).not.toContain('latchkey-console')
    expect((await browser.visit('/admin/clients?type=service')).html).not.toContain(native.id)
    expect((await browser.visit('/admin/clients?type=native&state=disabled')).html).toContain(
      'Nothing matches.',
    )
    expect((await browser.visit('/admin/clients?type=other')).status).toBe(400)
  })

  test('is paged, and the filters stay in the address', async () => {
    for (let made = 0; made < 25; made += 1) {
      await world.makeClient({ metadata: { client_name: `Paged ${made}`, grant_types: [] } })
    }
    const first = await browser.visit('/admin/clients?search=Paged&type=api')
    const next = /href="(\/admin\/clients\?[^"]*after=[^"]*)"/.exec(first.html)?.[1]?.replaceAll('&amp;', '&')
    expect(next).toContain('search=Paged&type=api')
    const second = await browser.visit(next ?? '')
    const names = [first, second].flatMap(({ html }) =>
      [...html.matchAll(/Paged \d+/g)].map(([name]) => name),
    )
    expect(new Set(names).size).toBe(25)
    expect((await browser.visit('/admin/clients?after=forged')).status).toBe(400)
  })
})

describe('the snippets of "Connect your app" work as they stand', () => {
  test.skipIf(missing('nginx', '-v') !== undefined || missing('caddy', 'version') !== undefined)(
    'nginx and Caddy let in who may, and turn everybody else away',
    async () => {
      const api = await world.makeApi({ identifier: "https://it-s.example/$host;'(x)/" })
      const guard = await guardOf(api.id)
      const service = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
      await world.permit({ type: 'client', id: service.id }, api, ['read'])
      const token = await tokenOf(service, api.identifier)
      const page = await browser.visit(`/admin/clients/${guard.id}/connect`)
      const upstream = await openUpstream()
      const at = (text: string, port: number) =>
        text.replace(/:808[89]\b/, `:${port}`).replace('127.0.0.1:8080', `127.0.0.1:${upstream.port}`)
      const nginx = await openGateway({
        command: 'nginx',
        fileName: 'nginx.conf',
        arguments: (file, directory) => ['-p', directory, '-c', file, '-e', 'stderr'],
        configuration: ({ port, directory }) => `daemon off; master_process off; pid ${directory}/nginx.pid;
error_log stderr error; events { worker_connections 256; }
http { access_log off; client_body_temp_path ${directory}/b; proxy_temp_path ${directory}/p; fastcgi_temp_path ${directory}/f;
uwsgi_temp_path ${directory}/u; scgi_temp_path ${directory}/s; ${at(snippetIn(page, 'nginx'), port)} }`,
      })
      const caddy = await openGateway({
        command: 'caddy',
        fileName: 'Caddyfile',
        arguments: (file) => ['run', '--config', file, '--adapter', 'caddyfile'],
        configuration: ({ port }) => `{\n  admin off\n}\n${at(snippetIn(page, 'caddy'), port)}`,
      })
      try {
        for (const { origin } of [nginx, caddy]) {
          const authorization = `Bearer ${token}`
          expect((await fetch(origin, { headers: { authorization } })).status, origin).toBe(200)
          expect((await fetch(origin)).status, origin).toBe(401)
        }
      } finally {
        await Promise.all([nginx.close(), caddy.close(), upstream.close()])
      }
    },
  )

  test('curl: a service gets a token; Node: it gets one too; curl and Node: the API is told what it is', async () => {
    const api = await world.makeApi({ identifier: `https://it-s.example/o'brien/` })
    const service = await world.makeClient({ metadata: { grant_types: ['client_credentials'] } })
    await world.permit({ type: 'client', id: service.id }, api, ['read', 'write'])
    const guard = await guardOf(api.id)
    const page = await browser.visit(`/admin/clients/${service.id}/connect`)
    const env = { CLIENT_SECRET: service.secret }
    const answer: unknown = JSON.parse(await shell(snippetIn(page, 'curl-token'), env))
    expect(answer).toMatchObject({ scope: 'read write', token_type: 'Bearer' })
    const [token = ''] = (await runNode(snippetIn(page, 'node-service'), env)).split(' ')
    const asking = await browser.visit(`/admin/clients/${guard.id}/connect`)
    const known = { CLIENT_SECRET: guard.secret, TOKEN: token }
    const told: unknown = JSON.parse(await shell(snippetIn(asking, 'curl-introspection'), known))
    expect(told).toMatchObject({ active: true, client_id: service.id, aud: api.identifier })
    expect(await runNode(snippetIn(asking, 'node-introspection'), known)).toContain(service.id)
    expect(await shell(snippetIn(asking, 'curl-verify'), known)).toMatch(/^HTTP\/1.1 204/)
  })

  test('curl: a device gets a code to show, and asks whether its person has answered', async () => {
    const api = await world.makeApi()
    for (const method of ['none', 'client_secret_basic', 'client_secret_post']) {
      const metadata = { ...deviceMetadata, token_endpoint_auth_method: method }
      const { id, secret } = await world.makeClient({ metadata })
      await world.permit({ type: 'client', id }, api, ['read'])
      const page = await browser.visit(`/admin/clients/${id}/connect`)
      const asked: unknown = JSON.parse(
        await shell(snippetIn(page, 'curl-device'), { CLIENT_SECRET: secret }),
      )
      const { device_code: code } = z.looseObject({ device_code: z.string() }).parse(asked)
      const env = { CLIENT_SECRET: secret, DEVICE_CODE: code }
      const told: unknown = JSON.parse(await shell(snippetIn(page, 'curl-device-token'), env))
      expect(told, method).toMatchObject({ error: 'authorization_pending' })
    }
  })

  test.each([
    ['a secret in the form', { token_endpoint_auth_method: 'client_secret_post' }],
    ['tokens bound to a key', { dpop_bound_access_tokens: true }],
  ])('Node: a service with %s', async (_, more) => {
    const api = await world.makeApi()
    const service = await world.makeClient({ metadata: { grant_types: ['client_credentials'], ...more } })
    await world.permit({ type: 'client', id: service.id }, api, ['read'])
    const guard = await guardOf(api.id)
    const page = await browser.visit(`/admin/clients/${service.id}/connect`)
    const printed = await runNode(snippetIn(page, 'node-service'), { CLIENT_SECRET: service.secret })
    const [token = ''] = printed.split(' ')
    expect((await introspect(world, guard, token)).body['active']).toBe(true)
  })

  test.each(['ES256', 'RS256', 'PS256', 'EdDSA'] as const)(
    'Node: clients with a key of their own for %s: a service gets a token, and the API is told what it is',
    async (alg) => {
      const api = await world.makeApi()
      const { metadata, PRIVATE_JWK } = await keyOfItsOwn(alg)
      const service = await world.makeClient({
        metadata: { ...metadata, grant_types: ['client_credentials'] },
      })
      await world.permit({ type: 'client', id: service.id }, api, ['read'])
      const page = await browser.visit(`/admin/clients/${service.id}/connect`)
      expect(page.html).toContain(`and sign with ${alg}.`)
      const printed = await runNode(snippetIn(page, 'node-service'), { PRIVATE_JWK })
      const [TOKEN = ''] = printed.split(' ')
      const guard = await world.makeClient({ metadata: { ...metadata, grant_types: [] } })
      await addIntrospector(world.db, { apiId: api.id, clientId: guard.id }, systemAct(new Date()))
      const asking = await browser.visit(`/admin/clients/${guard.id}/connect`)
      const told = await runNode(snippetIn(asking, 'node-introspection'), { PRIVATE_JWK, TOKEN })
      expect(told).toContain(service.id)
    },
  )

  test.skipIf(missingModules('requests') !== undefined)(
    inPython('Python: a service gets a token', 'requests'),
    async () => {
      const api = await world.makeApi()
      const guard = await guardOf(api.id)
      for (const method of ['client_secret_basic', 'client_secret_post']) {
        const metadata = { grant_types: ['client_credentials'], token_endpoint_auth_method: method }
        const service = await world.makeClient({ metadata })
        await world.permit({ type: 'client', id: service.id }, api, ['read'])
        const page = await browser.visit(`/admin/clients/${service.id}/connect`)
        const env = { CLIENT_SECRET: service.secret }
        const token = (await finished(startPython(['-c', snippetIn(page, 'python-service')], env))).trim()
        expect((await introspect(world, guard, token)).body['client_id'], method).toBe(service.id)
      }
    },
  )

  test.skipIf(missingModules('authlib', 'flask', 'requests') !== undefined)(
    inPython('Python: somebody signs in to a web app, alone and with an API', 'authlib', 'flask', 'requests'),
    async () => {
      for (const withApi of [false, true]) {
        const port = await freePort()
        const client = await world.makeClient({
          metadata: { redirect_uris: [`http://127.0.0.1:${port}/callback`] },
        })
        const api = withApi ? await world.makeApi() : undefined
        if (api !== undefined) await world.permit({ type: 'client', id: client.id }, api, ['read'])
        const page = await browser.visit(`/admin/clients/${client.id}/connect`)
        const text = snippetIn(page, 'python-sign-in')
        const program = `${text}\napp.run(port=${port})`
        const app = startPython(['-c', program], {
          CLIENT_SECRET: client.secret,
          SESSION_SECRET: 'x'.repeat(40),
        })
        try {
          const begun = await reach(`http://127.0.0.1:${port}/`)
          const person = await world.makeAccount()
          if (api !== undefined) await world.permit({ type: 'account', id: person.id }, api, ['read'])
          const { leavingTo } = await arriveAt(begun.headers.get('location') ?? '', person)
          const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? ''
          const done = await fetch(leavingTo ?? '', { headers: { cookie } })
          expect(await done.text(), String(withApi)).toBe(`Signed in as ${person.id}`)
        } finally {
          if (app.exitCode === null && app.kill()) await once(app, 'exit')
        }
      }
    },
  )

  test.each([
    ['web app', {}],
    [
      'web app that pushes its requests, with bound tokens',
      { require_pushed_authorization_requests: true, dpop_bound_access_tokens: true },
    ],
    ['native app', { application_type: 'native', token_endpoint_auth_method: 'none' }],
    ['web app with a key of its own', { token_endpoint_auth_method: 'private_key_jwt' }],
  ])('Node: somebody signs in to a %s', async (_, more) => {
    const port = await freePort()
    const key = await keyOfItsOwn('ES256')
    const hasKey =
      'token_endpoint_auth_method' in more && more.token_endpoint_auth_method === 'private_key_jwt'
    const client = await world.makeClient({
      metadata: {
        redirect_uris: [`http://127.0.0.1:${port}/callback`],
        ...(hasKey && key.metadata),
        ...more,
      },
    })
    const page = await browser.visit(`/admin/clients/${client.id}/connect`)
    const env = hasKey ? { PRIVATE_JWK: key.PRIVATE_JWK } : { CLIENT_SECRET: client.secret }
    const app = await startNode(snippetIn(page, 'node-sign-in'), env)
    try {
      const begun = await reach(`http://127.0.0.1:${port}/`)
      const person = await world.makeAccount()
      const { leavingTo } = await arriveAt(begun.headers.get('location') ?? '', person)
      const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? ''
      const stranger = await fetch(leavingTo ?? '')
      expect(stranger.status, 'a code in another browser buys nothing').toBe(400)
      const done = await fetch(leavingTo ?? '', { headers: { cookie } })
      expect(await done.text()).toBe(`Signed in as ${person.id}`)
    } finally {
      await app.stop()
    }
  })
})

/** Signs somebody in at an app, and consents where that is asked. */
async function arriveAt(authorizeUrl: string, account: Parameters<typeof signInOutcome>[1]['account']) {
  const person = openBrowser(world)
  return signInOutcome(person, { account, authorizeUrl: new URL(authorizeUrl) })
}

const managementApi = { id: managementApiId, identifier: '' }

/** Somebody who may do everything with clients and permissions, and nothing else. */
async function openDeputy(): Promise<Browser> {
  const account = await world.makeAccount()
  const mine = ['clients:read', 'clients:write', 'roles:read', 'roles:write', 'apis:read']
  await world.permit({ type: 'account', id: account.id }, managementApi, mine)
  return (await openConsole(world, { account, path: '/admin/clients' })).browser
}

/** What a client with a key of its own registers, and what its program is given. */
async function keyOfItsOwn(alg: AssertionAlg) {
  const pair = await generateKeyPair(alg, { extractable: true })
  return {
    metadata: {
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: alg,
      jwks: { keys: [await exportJWK(pair.publicKey)] },
    },
    PRIVATE_JWK: JSON.stringify(await exportJWK(pair.privateKey)),
  }
}

async function guardOf(apiId: string) {
  const guard = await world.makeClient({ metadata: { grant_types: [] } })
  await addIntrospector(world.db, { apiId, clientId: guard.id }, systemAct(new Date()))
  return guard
}

async function tokenOf(client: { id: string; secret: string }, resource: string): Promise<string> {
  const form = { grant_type: 'client_credentials', resource, scope: 'read' }
  const { body } = await postAs(world, client, { path: '/oauth/token', form })
  return String(body['access_token'])
}

async function mayAsk(client: { id: string; secret: string }): Promise<boolean> {
  return (await introspect(world, client, 'x')).status === 200
}

async function scopes(clientId: string, apiId: string): Promise<readonly string[]> {
  return [...(await scopesOfOwner(world.db, { apiId, owner: { type: 'client', id: clientId } }))].sort()
}

/** Sends a form as the owner. */
function send(place: Place, action: string, fields: SentFields): Promise<Place> {
  return sendForm(browser, place, action, fields)
}

function secretIn({ html }: Place): { id: string; secret: string } {
  const secret = /id="client-secret"[^>]*>([\w-]{43,})</.exec(html)?.[1]
  const id = /href="\/admin\/clients\/([\w.~-]+)\/connect"/.exec(html)?.[1]
  if (secret === undefined || id === undefined) throw new Error('the page shows no secret')
  return { id, secret }
}

type Environment = Readonly<Record<string, string>>

async function shell(script: string, env: Environment): Promise<string> {
  return finished(spawn('bash', ['-c', script], { env: { PATH: process.env['PATH'], ...env } }))
}

async function runNode(script: string, env: Environment): Promise<string> {
  const { path, directory } = await written(script)
  try {
    return await finished(spawn(process.execPath, [path], { env: { PATH: process.env['PATH'], ...env } }))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function startNode(script: string, env: Environment) {
  const { path, directory } = await written(script)
  const child = spawn(process.execPath, [path], {
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], ...env },
  })
  return {
    stop: async () => {
      if (child.exitCode === null && child.kill()) await once(child, 'exit')
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** A folder with what `npm install` would have put there. */
async function written(script: string): Promise<{ path: string; directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-snippet-'))
  await symlink(join(import.meta.dirname, '../../node_modules'), join(directory, 'node_modules'))
  const path = join(directory, 'app.mjs')
  await writeFile(path, script)
  return { path, directory }
}

async function finished(child: ReturnType<typeof spawn>): Promise<string> {
  const said: string[] = []
  child.stdout?.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  const errors: string[] = []
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`it ended with ${String(code)}: ${errors.join('')}`)
  return said.join('')
}

/** The first answer of a program that is starting. */
async function reach(url: string): Promise<Response> {
  let response: Response | undefined
  await until(async () => {
    response = await fetch(url, { redirect: 'manual' }).catch(() => undefined)
    return response !== undefined
  })
  if (response === undefined) throw new Error('the app does not answer')
  return response
}
