/** A real browser, for what only a browser can tell: redirects, cookies, scripts, policies, and how pages look. */
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'

const executablePath = '/usr/bin/chromium'

/** Why there is no browser on this machine; undefined when there is one. */
export const chromiumMissing: string | undefined = existsSync(executablePath)
  ? undefined
  : `${executablePath} is not installed`

/** The name of a suite that needs the browser: says that it is skipped, and why. */
export function inChromium(name: string): string {
  return chromiumMissing === undefined ? name : `${name} (SKIPPED: ${chromiumMissing})`
}

/** Starts the browser with a fresh profile. Each `newContext()` of it is a browser of its own, to the server. */
export function openChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
