/** The brand of an installation: the files that its environment names, read once at start, and the settings in force. */
import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { ConfigurationError } from '../config.ts'
import type { Config, PolicySettings } from '../config.ts'
import { makeBrand } from '../../views/brand.ts'
import type { Brand, BrandLogo, BrandSettings } from '../../views/brand.ts'
import { textProblems } from '../../views/messages/replace.ts'
import type { TextReplacements } from '../../views/messages/replace.ts'

const mostLogoBytes = 512 * 1024
const mostTextBytes = 1024 * 1024

/** The settings that a brand is made of. */
export type BrandPolicy = Pick<
  PolicySettings,
  'brandName' | 'brandAccentColour' | 'brandLinks' | 'supportUrl'
>

/**
 * Reads the files of the brand; answers the brand as it is whenever it is asked. Throws {@link ConfigurationError} that names
 * everything wrong with the files at once.
 */
export function readBrand(config: Config, policy: () => BrandPolicy): () => Brand {
  const files = readFiles(config)
  let from: BrandPolicy | undefined
  let made: Brand | undefined
  return () => {
    const now = policy()
    // The same value for as long as nothing changed.
    if (made !== undefined && from === now) return made
    from = now
    made = makeBrand({
      name: now.brandName,
      accentColour: now.brandAccentColour,
      links: now.brandLinks,
      helpUrl: now.supportUrl,
      ...files,
    })
    return made
  }
}

function readFiles(config: Config): Pick<BrandSettings, 'logo' | 'logoDark' | 'texts'> {
  const problems: string[] = []
  const attempt = <T>(
    variable: string,
    path: string | undefined,
    read: (path: string) => T,
  ): T | undefined => {
    if (path === undefined) return undefined
    try {
      return read(path)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      problems.push(...error.message.split('\n').map((line) => `${variable}: ${line}`))
      return undefined
    }
  }
  const logo = attempt('BRAND_LOGO_FILE', config.brandLogoFile, readLogo)
  const logoDark = attempt('BRAND_LOGO_DARK_FILE', config.brandLogoDarkFile, readLogo)
  const texts = attempt('BRAND_TEXTS_FILE', config.brandTextsFile, readTexts)
  if (problems.length > 0) throw new ConfigurationError(problems)
  return { logo, logoDark, texts }
}

// An operator's own SVG is a picture like the others: as an image it runs nothing, and opened by itself our policy stops it.
const logoTypes: Readonly<
  Record<string, { readonly type: string; readonly isOne: (body: Buffer) => boolean }>
> = {
  '.png': { type: 'image/png', isOne: startsWith('89504e470d0a1a0a') },
  '.jpg': { type: 'image/jpeg', isOne: startsWith('ffd8ff') },
  '.jpeg': { type: 'image/jpeg', isOne: startsWith('ffd8ff') },
  '.webp': { type: 'image/webp', isOne: (body) => body.toString('latin1', 8, 12) === 'WEBP' },
  '.svg': { type: 'image/svg+xml', isOne: (body) => /<svg[\s>]/.test(body.toString('utf8')) },
}

function readLogo(path: string): BrandLogo {
  const extension = extname(path).toLowerCase()
  const logo = logoTypes[extension]
  if (logo === undefined) throw new Error(`must be a file that ends in ${Object.keys(logoTypes).join(', ')}`)
  const body = readBounded(path, mostLogoBytes)
  if (!logo.isOne(body)) throw new Error(`${path} is not what its ending says`)
  return { body, contentType: logo.type, extension }
}

function readTexts(path: string): TextReplacements {
  const problem = (text: string) => new Error(text)
  const content = readBounded(path, mostTextBytes).toString('utf8')
  let texts: unknown
  try {
    texts = JSON.parse(content)
  } catch {
    throw problem(`${path} is not JSON`)
  }
  const problems = textProblems(texts)
  if (problems.length > 0) throw problem(problems.join('\n'))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Without problems it is what it has to be.
  return texts as TextReplacements
}

function readBounded(path: string, most: number): Buffer {
  let body: Buffer
  try {
    body = readFileSync(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new Error(`${path} cannot be read (${code})`, { cause: error })
  }
  if (body.length > most) throw new Error(`${path} is larger than ${most / 1024} KiB`)
  return body
}

function startsWith(hex: string): (body: Buffer) => boolean {
  const first = Buffer.from(hex, 'hex')
  return (body) => body.subarray(0, first.length).equals(first)
}
