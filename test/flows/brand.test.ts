/** The brand of an installation: logos, links and texts from files, and clear words when they cannot be used. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigurationError, readConfig } from '../../src/config.ts'
import { readBrand } from '../../src/web/brand-files.ts'
import type { Brand } from '../../views/brand.ts'
import { openBrowser } from '../support/browser.ts'
import { openWorld } from '../support/world.ts'

const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(100, 7)])
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-brand-'))
  await write('logo.png', png)
  await write('dark.svg', '<svg xmlns="http://www.w3.org/2000/svg"></svg>')
  await write(
    'texts.json',
    JSON.stringify({ en: { 'home.title': 'Welcome to Acme' }, de: { 'home.title': 'Willkommen' } }),
  )
})
afterAll(() => rm(folder, { recursive: true }))

test('every page has the logo, the links and the texts, and the files are served from here for ever', async () => {
  const world = await openWorld({
    env: {
      BRAND_NAME: 'Acme <&> Co',
      BRAND_LOGO_FILE: join(folder, 'logo.png'),
      BRAND_LOGO_DARK_FILE: join(folder, 'dark.svg'),
      BRAND_LINKS: 'Imprint|https://acme.example/imprint, Privacy|https://acme.example/privacy?a=1',
      BRAND_TEXTS_FILE: join(folder, 'texts.json'),
      SUPPORT_URL: 'https://acme.example/support',
    },
  })
  const { html } = await openBrowser(world).visit('/')
  expect(html).toContain('<h1>Welcome to Acme</h1>')
  expect(html).toContain('alt="Acme &lt;&amp;&gt; Co"')
  expect(html).toContain('href="https://acme.example/imprint"')
  expect(html).toContain('href="https://acme.example/privacy?a=1"')
  expect(html).toContain('<a href="https://acme.example/support">Help</a>')
  const logo = /<img class="brand-logo" src="([^"]+)"/.exec(html)?.[1] ?? ''
  const dark = /srcset="([^"]+)"/.exec(html)?.[1] ?? ''
  expect(logo).toMatch(/^\/assets\/brand\.[0-9a-f]{16}\.png$/)
  expect(dark).toMatch(/^\/assets\/brand-dark\.[0-9a-f]{16}\.svg$/)
  const served = await fetch(`${world.issuer}${logo}`)
  expect(served.headers.get('cache-control')).toContain('immutable')
  expect(served.headers.get('content-type')).toBe('image/png')
  expect(Buffer.from(await served.arrayBuffer()).equals(png)).toBe(true)
  const picture = await fetch(`${world.issuer}${dark}`)
  expect(picture.headers.get('content-type')).toBe('image/svg+xml')
  expect(picture.headers.get('content-security-policy')).toContain("default-src 'none'")
  const german = await fetch(`${world.issuer}/`, { headers: { 'accept-language': 'de' } })
  const germanHtml = await german.text()
  expect(germanHtml).toContain('<h1>Willkommen</h1>')
  expect(germanHtml).toContain('<a href="https://acme.example/support">Hilfe</a>')
  await world.close()
})

describe('what cannot be used is said at start, all at once', () => {
  test.each([
    ['logo.gif', 'GIF89a', 'must be a file that ends in'],
    ['page.png', '<html>', 'is not what its ending says'],
    ['empty.svg', '', 'is not what its ending says'],
    ['huge.png', Buffer.concat([png, Buffer.alloc(512 * 1024)]), 'is larger than 512 KiB'],
  ])('the logo %s', async (name, content, problem) => {
    await write(name, content)
    expect(problemsWith({ BRAND_LOGO_FILE: join(folder, name) })).toContain(`BRAND_LOGO_FILE: `)
    expect(problemsWith({ BRAND_LOGO_FILE: join(folder, name) })).toContain(problem)
  })

  test.each([
    ['{', 'is not JSON'],
    ['[]', 'must be a JSON object of languages'],
    ['{"fr": {}}', 'fr: is no language here, which are en, de'],
    ['{"en": []}', 'en: must be a JSON object of texts'],
    ['{"en": {"signIn.titel": "x"}}', 'en: signIn.titel: there is no such text'],
    ['{"en": {"signIn": "x"}}', 'en: signIn: there is no such text'],
    ['{"en": {"__proto__.toString": "x"}}', 'there is no such text'],
    ['{"en": {"signIn.title": " "}}', 'must be a text that is not empty'],
    ['{"en": {"signIn.title": 7}}', 'must be a text that is not empty'],
    ['{"en": {"signIn.toContinueTo": "on we go"}}', 'lacks the mark {client}'],
    ['{"en": {"signIn.title": "Hello {name}"}}', 'has the unknown mark {name}'],
    ['{"en": {"signIn.title": "a\\u202eb"}}', 'has a control character'],
    [JSON.stringify({ en: { 'signIn.title': 'x'.repeat(1001) } }), 'is longer than 1000 characters'],
  ])('the texts %s', async (content, problem) => {
    await write('wrong.json', content)
    expect(problemsWith({ BRAND_TEXTS_FILE: join(folder, 'wrong.json') })).toContain(problem)
  })

  test.each([
    ['Imprint', 'must be <text>|<https address>'],
    ['Imprint|http://acme.example/', 'must be <text>|<https address>'],
    ['Imprint|javascript:alert(1)', 'must be <text>|<https address>'],
    ['|https://acme.example/', 'must be <text>|<https address>'],
    ['a|https://acme.example/|b', 'must be <text>|<https address>'],
  ])('the links %s', (links, problem) => {
    expect(problemsWith({ BRAND_LINKS: links })).toContain(problem)
  })

  test('everything wrong is in one message', () => {
    const missing = join(folder, 'nothing.png')
    const problems = problemsWith({
      BRAND_LOGO_FILE: missing,
      BRAND_LOGO_DARK_FILE: missing,
      BRAND_TEXTS_FILE: join(folder, 'nothing.json'),
    })
    expect(problems.match(/cannot be read \(ENOENT\)/g)).toHaveLength(3)
    expect(problemsWith({ BRAND_LOGO_DARK_FILE: missing })).toContain('goes with BRAND_LOGO_FILE')
  })
})

test('a replaced text leaves the catalogue of others as it was', async () => {
  const changed = brandOf({ BRAND_TEXTS_FILE: join(folder, 'texts.json') })
  const plain = brandOf({})
  expect(changed.messagesFor('en').home.title).toBe('Welcome to Acme')
  expect(changed.messagesFor('en').signIn).toEqual(plain.messagesFor('en').signIn)
  expect(plain.messagesFor('en').home.title).toBe('Sign-in service')
})

function brandOf(env: Record<string, string>): Brand {
  const config = readConfig(env)
  return readBrand(config, () => config.policyWith({}))()
}

function problemsWith(env: Record<string, string>): string {
  try {
    brandOf(env)
    return ''
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message
    throw error
  }
}

async function write(name: string, content: string | Buffer): Promise<void> {
  await writeFile(join(folder, name), content)
}
