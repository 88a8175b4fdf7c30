/** The brand: what pages and mails look like. */
import { z } from 'zod'
import { list } from './kinds.ts'

/** Its variables. */
export const brandVariables = {
  BRAND_NAME: z.string().min(1).max(60).default('Latchkey'),
  BRAND_ACCENT_COLOUR: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour such as #2f5bea')
    .default('#2f5bea'),
  BRAND_LOGO_FILE: z.string().optional(),
  BRAND_LOGO_DARK_FILE: z.string().optional(),
  BRAND_LINKS: list.transform(readLinks),
  BRAND_TEXTS_FILE: z.string().optional(),
  SUPPORT_URL: z.url({ protocol: /^https$/ }).optional(),
}

type BrandEnvironment = z.output<z.ZodObject<typeof brandVariables>>

/** What they say. */
export function brandSettings(env: BrandEnvironment) {
  return {
    brandLogoFile: env.BRAND_LOGO_FILE,
    brandLogoDarkFile: env.BRAND_LOGO_DARK_FILE,
    brandTextsFile: env.BRAND_TEXTS_FILE,
  }
}

/** What they say that can change while the server runs. */
export function brandPolicy(env: BrandEnvironment) {
  return {
    brandName: env.BRAND_NAME,
    brandAccentColour: env.BRAND_ACCENT_COLOUR,
    brandLinks: env.BRAND_LINKS,
    supportUrl: env.SUPPORT_URL,
  }
}

/** What is wrong with them. */
export function brandProblems(env: BrandEnvironment): string[] {
  return env.BRAND_LOGO_DARK_FILE !== undefined && env.BRAND_LOGO_FILE === undefined
    ? ['BRAND_LOGO_DARK_FILE: goes with BRAND_LOGO_FILE, which is missing']
    : []
}

/** `Imprint|https://example.com/imprint`, one for each link. */
function readLinks(
  items: readonly string[],
  ctx: z.RefinementCtx,
): readonly { readonly text: string; readonly url: string }[] {
  return items.map((item) => {
    const [text = '', url = '', ...more] = item.split('|').map((part) => part.trim())
    const isLink = more.length === 0 && text !== '' && text.length <= 60 && isHttpsUrl(url)
    if (!isLink) ctx.addIssue({ code: 'custom', message: `${item} must be <text>|<https address>` })
    return { text, url }
  })
}

function isHttpsUrl(text: string): boolean {
  return /^https:\/\/[^\s]+$/.test(text) && URL.canParse(text)
}
