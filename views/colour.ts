/** An sRGB colour, each part from 0 to 255. */
export interface Colour {
  readonly red: number
  readonly green: number
  readonly blue: number
}

/** Black, the darker of the two colours that text on an accent may have. */
export const black: Colour = { red: 0, green: 0, blue: 0 }

/** White, the lighter of the two. */
export const white: Colour = { red: 255, green: 255, blue: 255 }

/** Reads `#rrggbb`. Nothing else is accepted, because the colour becomes part of a stylesheet. */
export function parseColour(text: string): Colour | undefined {
  if (!/^#[0-9a-f]{6}$/i.test(text)) return undefined
  const part = (start: number) => Number.parseInt(text.slice(start, start + 2), 16)
  return { red: part(1), green: part(3), blue: part(5) }
}

/** Writes `#rrggbb`. */
export function formatColour(colour: Colour): string {
  const parts = [colour.red, colour.green, colour.blue]
  return `#${parts.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`
}

/** The colour with a share (0 to 1) of another mixed in. */
export function mix(colour: Colour, other: Colour, share: number): Colour {
  const part = (from: number, to: number) => from + (to - from) * share
  return {
    red: part(colour.red, other.red),
    green: part(colour.green, other.green),
    blue: part(colour.blue, other.blue),
  }
}

/** The contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrast(one: Colour, other: Colour): number {
  const [lighter, darker] = [luminance(one), luminance(other)].toSorted((a, b) => b - a)
  return ((lighter ?? 0) + 0.05) / ((darker ?? 0) + 0.05)
}

/** The nearest darker or lighter shade that has at least the wanted contrast to the background. */
export function readableOn(background: Colour, colour: Colour, wanted: number): Colour {
  const shouldDarken = contrast(background, black) > contrast(background, white)
  for (let share = 0; share < 1; share += 0.03) {
    const shade = rounded(shouldDarken ? mix(colour, black, share) : lighten(colour, share))
    if (contrast(background, shade) >= wanted) return shade
  }
  return shouldDarken ? black : white
}

/** Half the way is to the colour's own brightest form, because white alone would wash it out. */
function lighten(colour: Colour, share: number): Colour {
  const strongest = Math.max(colour.red, colour.green, colour.blue, 1)
  const vivid = mix(black, colour, 255 / strongest)
  return mix(mix(colour, white, share), mix(colour, vivid, share), 0.5)
}

function rounded(colour: Colour): Colour {
  return parseColour(formatColour(colour)) ?? colour
}

/** Relative luminance (WCAG 2.2, "relative luminance"). */
function luminance(colour: Colour): number {
  const linear = (part: number) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue)
}
