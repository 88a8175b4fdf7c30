/** axe-core in the page of a real browser. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

const source = readFileSync(join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'), 'utf8')

// The impact of a rule is that of all it finds: those that only advise are not run, which takes a third of the time.
const run = `(() => {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
  const advises = ({ impact }) => impact === 'minor' || impact === 'moderate'
  const advice = axe._audit.rules.filter(advises).map(({ id }) => [id, { enabled: false }])
  return axe.run(document, { runOnly: tags, rules: Object.fromEntries(advice), resultTypes: ['violations'] })
    .then(({ violations }) => violations
      .filter((violation) => !advises(violation))
      .map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html + ' ' + node.failureSummary).join('; ')))
})()`

/** What it finds in the page as it stands (WCAG 2.2 A and AA); minor and moderate advice is no failure. */
export async function seriousViolations(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which our policy does not bind; a script tag would be refused by it. Once for each page.
  if (!(await page.evaluate<boolean>(`'axe' in globalThis`))) await page.evaluate(source)
  return page.evaluate<string[]>(run)
}
