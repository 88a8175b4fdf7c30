import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { brandCss, makeBrand } from '../../views/brand.ts'
import { contrast, parseColour } from '../../views/colour.ts'

const stylesheet = readFileSync(join(import.meta.dirname, '../../views/assets/latchkey.css'), 'utf8')

test.each([
  undefined,
  '#000000',
  '#ffffff',
  '#ffd400',
  '#5b5bd6',
  '#7f7f7f',
  '#ff0000',
  '#00ff00',
  '#777788',
])(
  'WCAG 1.4.3: with the accent %s, labels, links and tints are readable in light and dark',
  (accentColour) => {
    const accents = schemesOf(brandCss({ accentColour }))
    const surfaces = schemesOf(stylesheet)
    for (const scheme of ['light', 'dark'] as const) {
      const colours = { ...surfaces[scheme], ...accents[scheme] }
      expect(ratio(colours, '--on-accent', '--accent')).toBeGreaterThanOrEqual(4.5)
      expect(ratio(colours, '--on-accent', '--accent-hover')).toBeGreaterThanOrEqual(4.5)
      for (const ground of ['--card', '--raised', '--accent-soft']) {
        expect(ratio(colours, '--accent-text', ground), `${scheme} ${ground}`).toBeGreaterThanOrEqual(4.5)
      }
    }
  },
)

test('WCAG 1.4.3 and 1.4.11: every text colour reads on every ground, and field borders stand out', () => {
  for (const [scheme, colours] of Object.entries(schemesOf(stylesheet))) {
    const texts = ['--text', '--muted', '--problem', '--success', '--accent-text']
    for (const text of texts) {
      for (const ground of ['--card', '--page', '--raised']) {
        expect(ratio(colours, text, ground), `${scheme} ${text} ${ground}`).toBeGreaterThanOrEqual(4.5)
      }
    }
    expect(ratio(colours, '--problem', '--problem-soft'), scheme).toBeGreaterThanOrEqual(4.5)
    expect(ratio(colours, '--success', '--success-soft'), scheme).toBeGreaterThanOrEqual(4.5)
    expect(ratio(colours, '--field-border', '--card'), scheme).toBeGreaterThanOrEqual(3)
  }
})

test.each(['red', '#fff', '#0f5f5c;}', '#0f5f5c\n', 'rgb(0 0 0)', '</style>', ''])(
  'the accent colour %j is refused, because it would become part of a stylesheet',
  (accentColour) => {
    expect(() => makeBrand({ name: 'x', accentColour })).toThrow(TypeError)
  },
)

test('the stylesheet of a brand has a URL that changes with the colour alone', () => {
  const path = (accentColour: string, name: string) => makeBrand({ name, accentColour }).stylesheet.path
  expect(path('#112233', 'a')).toMatch(/^\/assets\/brand\.[0-9a-f]{16}\.css$/)
  expect(path('#112233', 'a')).toBe(path('#112233', 'b'))
  expect(path('#112233', 'a')).not.toBe(path('#112234', 'a'))
})

type Colours = Readonly<Record<string, string>>

function schemesOf(css: string): { readonly light: Colours; readonly dark: Colours } {
  const [light = '', dark = ''] = css.split('@media (prefers-color-scheme: dark)')
  return { light: coloursOf(light), dark: coloursOf(dark) }
}

function coloursOf(css: string): Colours {
  return Object.fromEntries(
    [...css.matchAll(/(--[a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, colour]) => [name, colour]),
  )
}

function ratio(colours: Colours, one: string, other: string): number {
  const [first, second] = [colours[one], colours[other]].map((text) => parseColour(text ?? ''))
  if (first === undefined || second === undefined) throw new Error(`${one} or ${other} is no colour`)
  return contrast(first, second)
}
