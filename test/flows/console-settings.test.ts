/** The console's pages of settings and of the brand: what they tell, and what a wish in the address can do. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { consoleSettingTextsDe } from '../../views/messages/console-setting-texts.ts'
import type { Administrator } from '../support/console.ts'
import { openConsole, withoutSecondFactor } from '../support/console.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

let world: World
let owner: Administrator

beforeAll(async () => {
  world = await openWorld({
    env: {
      ...withoutSecondFactor,
      BRAND_NAME: 'Acme & Sons',
      SMTP_URL: 'smtp://mailer:very-secret@localhost:2525',
      MAIL_FROM: 'login@example.com',
    },
  })
  owner = await openConsole(world, { path: '/admin/settings' })
})
afterAll(() => world.close())

const brandPage = (wishes: Record<string, string>) =>
  owner.browser.visit(`/admin/settings/brand?${new URLSearchParams(wishes).toString()}`)

test('every variable of the environment is shown with its value and a sentence, and none is forgotten', async () => {
  const example = await readFile(join(import.meta.dirname, '../../.env.example'), 'utf8')
  const variables = [...example.matchAll(/^#?([A-Z\d_]+)=/gm)].map(([, name = '']) => name)
  const shown = [...owner.place.html.matchAll(/<code class="setting-name">([A-Z\d_]+)<\/code/g)].map(
    ([, name = '']) => name,
  )
  // The folder of the mode for trying it is no setting of an installation.
  expect(shown.toSorted()).toEqual(variables.filter((name) => name !== 'DATA_DIR').toSorted())
  for (const name of shown) expect(Object.keys(consoleSettingTextsDe)).toContain(name)
  expect(owner.place.html).toContain('Acme &amp; Sons')
  expect(owner.place.html).toContain('the environment alone')
})

test('ASVS 13.3.1: of secrets only whether there are any', () => {
  const { html } = owner.place
  const { config } = world
  const secrets = [
    'very-secret',
    config.databaseUrl,
    ...[...config.sealingKeys, ...config.keyPeppers].flatMap(({ key }) => [
      key.toString('base64'),
      key.toString('hex'),
    ]),
  ]
  for (const secret of secrets) expect(html).not.toContain(secret)
  expect(html).toContain('Set, and never shown')
})

describe('the brand', () => {
  test('a wish is shown in its words and colour, with the lines that make it so', async () => {
    const { html, status } = await brandPage({
      name: "O'Neill # Co",
      accent: '#C2410C',
      logo: '/etc/latchkey/logo.svg',
      heading: 'Welcome back',
    })
    expect(status).toBe(200)
    expect(html).toContain('<p class="preview-title">Welcome back</p>')
    expect(html).toContain('BRAND_NAME=&quot;O&#39;Neill # Co&quot;')
    expect(html).toContain('BRAND_ACCENT_COLOUR=&#39;#C2410C&#39;')
    // The name stands in the environment, so only the colour can be used here.
    expect(html).toContain('The environment of the servers says what BRAND_NAME is')
    expect(html).toContain('name="BRAND_ACCENT_COLOUR" value="#C2410C"')
    expect(html).not.toContain('name="BRAND_NAME"')
    expect(html).toContain('BRAND_LOGO_FILE=/etc/latchkey/logo.svg')
    expect(html).toContain('&quot;signIn.title&quot;: &quot;Welcome back&quot;')
    expect(html).toContain('On white it has a contrast of 5.1 : 1. It can be read even as small text.')
    const [, url = ''] =
      /<link rel="stylesheet" href="(\/admin\/settings\/preview\.css[^"]*)"/.exec(html) ?? []
    const css = await (await owner.browser.send(url.replaceAll('&amp;', '&'))).text()
    expect(css).toContain('--accent: #c2410c;')
    expect(css).not.toContain(':root')
  })

  test('a pale colour is told to be one', async () => {
    const { html } = await brandPage({ accent: '#ffff00' })
    expect(html).toContain('On white it has a contrast of 1.0 : 1. Too little to be seen well')
    expect(html).toContain('The words on a button are black')
  })

  test('ASVS 1.2.1: what is no name, colour, path or heading is refused beside its field, and gets nowhere', async () => {
    for (const wishes of [
      { accent: '#fff' },
      { accent: 'red;} body{display:none' },
      { accent: '</style><script>x' },
      { name: '' },
      { name: 'a\nB=c' },
      { name: 'x'.repeat(61) },
      { logo: '/etc/passwd' },
      { logo: 'a\nSEALING_KEYS=x.png' },
      { logo: '$(id).png' },
      { heading: 'Hello {client}' },
      { heading: 'a\nb' },
    ]) {
      const { html, status } = await brandPage(wishes)
      expect(status, JSON.stringify(wishes)).toBe(400)
      expect(html).toMatch(/aria-invalid="true"/)
      expect(html).not.toContain('<script>x')
      const lines = /id="environment-lines"[^>]*>([^<]*)</.exec(html)?.[1] ?? ''
      expect(lines).not.toMatch(/SEALING|passwd|display|B=c|\$\(/)
      const [, url = ''] = /href="(\/admin\/settings\/preview\.css[^"]*)"/.exec(html) ?? []
      expect(url).not.toContain('display')
    }
  })

  test('the stylesheet holds a colour and nothing else of the address', async () => {
    const hostile = await owner.browser.send(
      `/admin/settings/preview.css?accent=${encodeURIComponent('#000000;}*{color:red')}&of=page`,
    )
    expect(hostile.headers.get('content-type')).toContain('text/css')
    const css = await hostile.text()
    expect(css).not.toContain('red')
    expect(css).toContain('--accent: #2f5bea')
  })

  test('as a page of its own it shows the same, and leads back to the wishes', async () => {
    const { html } = await owner.browser.visit('/admin/settings/preview?name=Globex&accent=%23123456')
    expect(html).toContain('Globex')
    expect(html).toContain('/admin/settings/preview.css?accent=%23123456&amp;of=page')
    expect(html).toContain('/admin/settings/brand?name=Globex&amp;accent=%23123456')
    expect(html).not.toContain('<input')
  })
})
