/**
 * Where the holes of an `html` template are. Escaping is right only for a known place, so the literal
 * parts are read once per template; a hole in a place where no escaping is safe is refused at first use.
 */

/** The place of one hole: between elements, inside a start tag, or inside a quoted attribute value. */
export type Hole =
  | { readonly place: 'text' }
  | { readonly place: 'tag' }
  | { readonly place: 'attribute' }
  | { readonly place: 'url' }

interface Position {
  place: 'text' | 'tag' | 'value'
  element: string
  attribute: string
}

const known = new WeakMap<TemplateStringsArray, readonly Hole[]>()

const urlAttributes = new Set(['href', 'src', 'srcset', 'action', 'formaction', 'cite', 'poster', 'data'])

/** The holes of a template, in order. Throws for a template that is not safe whatever is put into it. */
export function holesOf(strings: TemplateStringsArray): readonly Hole[] {
  const seen = known.get(strings)
  if (seen !== undefined) return seen
  const found = findHoles(strings)
  known.set(strings, found)
  return found
}

/** Whether the attribute's value is a URL and must pass `safeUrl`. */
export function isUrlAttribute(name: string): boolean {
  return urlAttributes.has(name.toLowerCase())
}

/** Whether the attribute would be code or style in the page, which the Content-Security-Policy forbids. */
export function isForbiddenAttribute(name: string): boolean {
  return /^(?:on.*|style|srcdoc|http-equiv)$/i.test(name)
}

function findHoles(strings: TemplateStringsArray): readonly Hole[] {
  const position: Position = { place: 'text', element: '', attribute: '' }
  const holes: Hole[] = []
  for (const [index, literal] of strings.entries()) {
    read(literal, position)
    const next = strings[index + 1]
    if (next !== undefined) holes.push(holeAt(position, literal, next))
  }
  if (position.place !== 'text') throw new TypeError('html: a tag is left open at the end of the template')
  return holes
}

function holeAt(position: Position, before: string, after: string): Hole {
  if (position.place === 'text') {
    if (before.endsWith('<') || before.endsWith('</'))
      throw new TypeError('html: a tag name cannot be a hole')
    return { place: 'text' }
  }
  if (position.place === 'tag') {
    if (!/\s$/.test(before) || !/^[\s>/]/.test(after)) {
      throw new TypeError('html: a hole in a tag stands alone and takes attributes()')
    }
    return { place: 'tag' }
  }
  if (!isUrlAttribute(position.attribute)) return { place: 'attribute' }
  // A scheme can only be judged on the whole URL.
  if (!before.endsWith('="') || !after.startsWith('"')) {
    throw new TypeError('html: a URL attribute is one hole from quote to quote')
  }
  return { place: 'url' }
}

function read(literal: string, position: Position): void {
  let rest = literal
  while (rest !== '') {
    const length = steps[position.place](rest, position)
    rest = rest.slice(length)
  }
}

/** One step for each place: reads from the start of `rest`, moves the position, and answers how much was read. */
const steps = {
  text(rest: string, position: Position): number {
    const tag = /<(!--|!doctype|\/?[a-z][a-z0-9-]*)/i.exec(rest)
    if (tag === null) return rest.length
    const name = tag[1] ?? ''
    if (name === '!--') throw new TypeError('html: no comments in templates; write them in the code')
    if (/^style$/i.test(name)) throw new TypeError('html: no inline styles')
    position.element = name.toLowerCase()
    position.place = 'tag'
    return tag.index + tag[0].length
  },

  tag(rest: string, position: Position): number {
    const close = /^\s*\/?>/.exec(rest)
    if (close !== null) {
      const isInlineScript = position.element === 'script' && !rest.startsWith('></script>')
      if (isInlineScript)
        throw new TypeError('html: no inline script; a script element only points to a file')
      position.place = 'text'
      return close[0].length
    }
    const attribute = /^\s*([^\s"'<>/=]+)(="|=)?/.exec(rest)
    if (attribute === null) return skipSpace(rest)
    const name = attribute[1] ?? ''
    if (isForbiddenAttribute(name)) throw new TypeError(`html: the attribute ${name} is not allowed`)
    if (attribute[2] === '=') throw new TypeError(`html: quote the value of ${name} with "`)
    if (attribute[2] === '="') {
      position.place = 'value'
      position.attribute = name
    }
    return attribute[0].length
  },

  value(rest: string, position: Position): number {
    const end = rest.indexOf('"')
    if (end === -1) return rest.length
    position.place = 'tag'
    return end + 1
  },
}

function skipSpace(rest: string): number {
  const space = /^\s+/.exec(rest)
  if (space === null) throw new TypeError(`html: cannot read the tag at ${rest.slice(0, 20)}`)
  return space[0].length
}
