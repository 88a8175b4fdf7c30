import type { Config } from '../config.ts'

/** Words that are no password here (ASVS 6.1.2): the product's and the installation's name, and its host. */
export function contextWordsOf({ brandName, issuer }: Pick<Config, 'brandName' | 'issuer'>): string[] {
  return ['latchkey', brandName, new URL(issuer).hostname]
}
