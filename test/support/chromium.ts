/** A real browser, for what only a browser can tell: redirects, cookies, scripts, policies, and how pages look. */
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'

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

/** Complaints of the browser about the pages it showed: violated policies, script errors, files that did not load. */
export function watchForComplaints(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`script: ${error.message}`))
  page.on('requestfailed', (request) => {
    // A navigation that another one replaced was not refused by anybody.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') complaints.push(`failed: ${request.url()}`)
  })
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    // The browser reports the status of a page itself as an error too, and 401 or 404 is what was wanted.
    const isOfPage =
      message.location().url === page.url() && message.text().includes('responded with a status')
    if (!isOfPage) complaints.push(`console: ${message.text()} (${message.location().url})`)
  })
  return complaints
}
