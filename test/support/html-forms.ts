/** A form as it stands in a page. */
export interface PageForm {
  readonly action: string
  readonly method: string
  /** Names and values of its inputs before anybody typed. */
  readonly fields: Readonly<Record<string, string>>
  /** Names of boxes that are not ticked: a browser sends nothing for them. */
  readonly unticked: readonly string[]
  /** Its submit buttons, in order; one without a name has the empty one. */
  readonly buttons: readonly { readonly name: string; readonly value: string }[]
}

/** Reads the forms of a page of ours: our own renderer always quotes attributes and never nests forms. */
export function formsIn(html: string): PageForm[] {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(([, start = '', content = '']) => {
    const form = attributesOf(start)
    const inputs = [...content.matchAll(/<input\b([^>]*)>/gs)].map(([, text = '']) => attributesOf(text))
    const buttons = [...content.matchAll(/<button\b([^>]*)>/gs)].map(([, text = '']) => attributesOf(text))
    return {
      action: form.get('action') ?? '',
      method: form.get('method') ?? 'get',
      fields: Object.fromEntries(
        inputs.flatMap((input) => {
          const name = input.get('name')
          return name === undefined || isUnticked(input) ? [] : [[name, input.get('value') ?? '']]
        }),
      ),
      unticked: inputs.filter(isUnticked).flatMap((input) => input.get('name') ?? []),
      buttons: buttons
        .filter((button) => button.get('type') !== 'button')
        .map((button) => ({ name: button.get('name') ?? '', value: button.get('value') ?? '' })),
    }
  })
}

function isUnticked(input: ReadonlyMap<string, string>): boolean {
  return input.get('type') === 'checkbox' && !input.has('checked')
}

function attributesOf(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map(([, name = '', value = '']) => [
      name,
      unescape(value),
    ]),
  )
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&#96;': '`',
}

function unescape(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39|#96);/g, (entity) => entities[entity] ?? entity)
}
