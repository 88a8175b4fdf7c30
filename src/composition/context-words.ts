import type { Config, PolicySettings } from '../config.ts'

/**
 * Words that are no password here (ASVS 6.1.2), alone, repeated, or with digits and signs around them: what the field is
 * called, the product's and the installation's name, and every label of its host.
 */
export function contextWordsOf({
  brandName,
  issuer,
}: Pick<Config & PolicySettings, 'brandName' | 'issuer'>): string[] {
  const host = new URL(issuer).hostname
  const named = ['latchkey', brandName, ...brandName.split(/\s+/), host, ...host.split('.')]
  return [...whatItIsCalled, ...named]
}

const whatItIsCalled = ['password', 'passwort', 'kennwort', 'passphrase', 'login']
