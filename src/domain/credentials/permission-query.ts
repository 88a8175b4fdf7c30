/**
 * Permission queries: which scopes a request needs, as `invoices:read AND (invoices:write OR admin)`. AND binds closer
 * than OR; both are words in capitals, because scopes are usually written small; anything else is a scope (RFC 6749 §3.3).
 */

/** A parsed query: whether a set of scopes satisfies it, and the scopes it names. */
export interface PermissionQuery {
  readonly isSatisfiedBy: (scopes: ReadonlySet<string>) => boolean
  readonly scopes: readonly string[]
}

type Expression =
  | { readonly kind: 'scope'; readonly name: string }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Expression[] }

const longestQuery = 1000
const deepestNesting = 20
const scopeToken = /^[\x21\x23-\x27\x2A-\x5B\x5D-\x7E]+$/

/** Parses a query; undefined for what is none. A plain list of scopes, as OAuth writes it, means all of them. */
export function parsePermissionQuery(text: string): PermissionQuery | undefined {
  if (text.length > longestQuery) return undefined
  const tokens = text.replaceAll('(', ' ( ').replaceAll(')', ' ) ').split(' ').filter(Boolean)
  const reader = { tokens, at: 0, depth: 0 }
  const expression = readOr(reader)
  if (expression === undefined || reader.at !== tokens.length) return undefined
  return {
    isSatisfiedBy: (scopes) => evaluate(expression, scopes),
    scopes: tokens.filter((token) => !isKeyword(token)),
  }
}

interface Reader {
  readonly tokens: readonly string[]
  at: number
  depth: number
}

function readOr(reader: Reader): Expression | undefined {
  return readChain(reader, { kind: 'or', word: 'OR', next: readAnd })
}

function readAnd(reader: Reader): Expression | undefined {
  return readChain(reader, { kind: 'and', word: 'AND', next: readFactor })
}

interface Chain {
  readonly kind: 'and' | 'or'
  readonly word: string
  readonly next: (reader: Reader) => Expression | undefined
}

function readChain(reader: Reader, { kind, word, next }: Chain): Expression | undefined {
  const parts: Expression[] = []
  for (;;) {
    const part = next(reader)
    if (part === undefined) return undefined
    parts.push(part)
    const token = reader.tokens[reader.at]
    if (token === word) reader.at += 1
    // `a b` is `a AND b`: what an OAuth scope list means.
    else if (kind !== 'and' || token === undefined || token === ')' || token === 'OR') break
  }
  const [only] = parts
  return parts.length === 1 ? only : { kind, parts }
}

function readFactor(reader: Reader): Expression | undefined {
  const token = reader.tokens[reader.at]
  if (token === undefined) return undefined
  reader.at += 1
  if (token !== '(')
    return isKeyword(token) || !scopeToken.test(token) ? undefined : { kind: 'scope', name: token }
  reader.depth += 1
  if (reader.depth > deepestNesting) return undefined
  const inner = readOr(reader)
  if (inner === undefined || reader.tokens[reader.at] !== ')') return undefined
  reader.at += 1
  reader.depth -= 1
  return inner
}

function isKeyword(token: string): boolean {
  return token === 'AND' || token === 'OR' || token === '(' || token === ')'
}

function evaluate(expression: Expression, scopes: ReadonlySet<string>): boolean {
  if (expression.kind === 'scope') return scopes.has(expression.name)
  if (expression.kind === 'and') return expression.parts.every((part) => evaluate(part, scopes))
  return expression.parts.some((part) => evaluate(part, scopes))
}

/** Queries come from configurations and are few: each is parsed once. */
export function createPermissionQueries(maxEntries = 1000): (text: string) => PermissionQuery | undefined {
  const known = new Map<string, PermissionQuery | undefined>()
  return (text) => {
    if (text.length > longestQuery) return undefined
    const found = known.get(text)
    if (found !== undefined || known.has(text)) return found
    if (known.size >= maxEntries) known.clear()
    const query = parsePermissionQuery(text)
    known.set(text, query)
    return query
  }
}
