/** Where addresses, identifiers and ids may break on a phone. */
import { expect, test } from 'vitest'
import { breakable } from '../../views/components/card.ts'
import { renderHtml } from '../../views/html.ts'

test.each([
  ['ana@example.com', 'ana|@example.com'],
  ['ana.of.the.post@mail.example.com', 'ana.of.the.post|@mail.example.com'],
  ['ana@a-rather-long-company-name.of.example', 'ana|@a-rather-long-company-name.|of.|example'],
  ['https://invoices.of.the.company.example/', 'https://invoices.|of.|the.|company.|example/'],
  ['acc_wmfihjYJHYM2tflVk4dA', 'acc_wmfihjYJHYM2tflVk4dA'],
  ['@', '@'],
  ['', ''],
  ['<b>@"x"', '&lt;b&gt;|@&quot;x&quot;'],
])('%s breaks at sensible points and loses nothing', (address, shown) => {
  expect(renderHtml(breakable(address)).replaceAll('<wbr />', '|')).toBe(shown)
})
