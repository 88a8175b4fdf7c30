import type { Brand } from '../brand.ts'

/**
 * The style of mails. Mail programs know neither custom properties nor our stylesheet, so the brand's shades are read out of
 * it and written where they are used. A program that drops the style shows plain text in order, which is readable too.
 */
export function mailStyle(brand: Brand): string {
  const light = shadesOf(brand, 0)
  const dark = shadesOf(brand, 1)
  return `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
body { margin: 0; padding: 0; background: #f4f5f7; color: #1c2126; }
.page { max-width: 34rem; margin: 0 auto; padding: 32px 16px; font-family: system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; font-size: 16px; line-height: 1.55; }
.brand { margin: 0 0 16px; font-size: 18px; font-weight: 600; }
.card { background: #ffffff; border: 1px solid #dfe3e8; border-radius: 12px; padding: 28px; }
h1 { margin: 0 0 16px; font-size: 22px; line-height: 1.3; }
p { margin: 0 0 16px; overflow-wrap: anywhere; }
.button { display: inline-block; padding: 12px 22px; border-radius: 8px; background: ${light.fill}; color: ${light.label}; font-weight: 600; text-decoration: none; }
.small, .foot { font-size: 14px; color: #565f6a; }
.address a { color: ${light.text}; }
.card p:last-child { margin-bottom: 0; }
.foot { margin: 16px 0 0; }
@media (prefers-color-scheme: dark) {
body { background: #121417; color: #e8eaed; }
.card { background: #1b1e22; border-color: #353a41; }
.button { background: ${dark.fill}; color: ${dark.label}; }
.small, .foot { color: #a9b1bb; }
.address a { color: ${dark.text}; }
}
`
}

interface Shades {
  readonly fill: string
  readonly label: string
  readonly text: string
}

/** The brand's stylesheet says each shade twice: for light surroundings, then for dark ones. */
function shadesOf({ stylesheet }: Brand, which: 0 | 1): Shades {
  const shade = (name: string) => {
    const found = [...stylesheet.body.matchAll(new RegExp(`--${name}: (#[0-9a-f]{6});`, 'gi'))][which]?.[1]
    if (found === undefined) throw new Error(`the brand's stylesheet does not say ${name}`)
    return found
  }
  return { fill: shade('accent'), label: shade('on-accent'), text: shade('accent-text') }
}
