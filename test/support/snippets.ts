/** Programs to copy, as pages of the console show them. */
import type { Place } from './browser.ts'

/** The text of a snippet of "Connect your app", as a browser copies it. */
export function snippetIn({ html }: Pick<Place, 'html'>, id: string): string {
  const text = new RegExp(`<code id="snippet-${id}">(.*?)</code>`, 's').exec(html)?.[1]
  if (text === undefined) throw new Error(`the page has no snippet ${id}`)
  const plain: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#96': '`' }
  return text.replace(/&(amp|lt|gt|quot|#39|#96);/g, (entity, name: string) => plain[name] ?? entity)
}
