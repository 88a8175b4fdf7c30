/**
 * Rules with which secret scanners find this installation's keys. The prefix is the installation's own, the rest has a
 * fixed length and characters, so that hardly anything else matches; a scanner that computes checksums can be sure.
 */

/** The scanners that rules are written for. */
export const scannerFormats = ['gitleaks', 'trufflehog', 'github'] as const

/** One of them. */
export type ScannerFormat = (typeof scannerFormats)[number]

/** Whose keys are to be found. */
export interface ScannedInstallation {
  readonly prefix: string
  /** The issuer, which names the rules. */
  readonly issuer: string
}

/** The keys of an installation as a regular expression that RE2, Hyperscan and JavaScript read alike. */
export function keyPattern(prefix: string): string {
  return `${prefix}_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}`
}

/** The rule for a scanner, as the text of its file or form. */
export function scannerRules(format: ScannerFormat, installation: ScannedInstallation): string {
  return writers[format](installation)
}

const writers: Record<ScannerFormat, (installation: ScannedInstallation) => string> = {
  gitleaks: ({
    prefix,
    issuer,
  }) => `# API keys of ${issuer}, for gitleaks: gitleaks detect --config <this file>
title = "API keys of ${hostOf(issuer)}"

[extend]
useDefault = true

[[rules]]
id = "${ruleId(issuer)}"
description = "An API key of ${issuer}. Report it: ${reportUrl(issuer)}"
regex = '''\\b(${keyPattern(prefix)})(?:[^0-9A-Za-z_]|$)'''
secretGroup = 1
entropy = 3.5
keywords = ["${prefix}_"]
`,
  trufflehog: ({
    prefix,
    issuer,
  }) => `# API keys of ${issuer}, for TruffleHog: trufflehog filesystem --config <this file> .
detectors:
  - name: ${ruleId(issuer)}
    keywords:
      - ${prefix}_
    regex:
      key: '\\b(${keyPattern(prefix)})\\b'
    entropy: 3.5
`,
  // GitHub asks for the secret and for what may stand around it in fields of their own.
  github: ({ prefix, issuer }) => `Custom pattern for GitHub secret scanning: API keys of ${issuer}

Pattern name:   API key of ${hostOf(issuer)}
Secret format:  ${keyPattern(prefix)}
Before secret:  \\A|[^0-9A-Za-z_]
After secret:   \\z|[^0-9A-Za-z_]
Test string:    ${prefix}_000000000000_00000000000000000000000000000000000000
`,
}

function ruleId(issuer: string): string {
  return `api-key-${hostOf(issuer)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')}`
}

function reportUrl(issuer: string): string {
  return `${issuer}/leaks/report`
}

function hostOf(issuer: string): string {
  return new URL(issuer).host
}
