/** Values made of JSON Schema: good ones as far as a schema can say what is good, and bad ones of every kind. */

/** A schema as the document has it. */
export type Schema = Readonly<Record<string, unknown>>

/** What a good value is for a member of this name, where the schema alone does not say. */
export type Hints = Readonly<Record<string, unknown>>

/** Strings that have been somebody's undoing. */
export const hostileTexts: readonly string[] = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  "'; drop table accounts; --",
  '<script>alert(1)</script>',
  '../../../etc/passwd',
  '%00',
  '\u202eevil',
  '\r\nX-Injected: 1',
  '{{7*7}}${7*7}',
  'x'.repeat(10_000),
  '💥'.repeat(200),
  '__proto__',
  'null',
  '-1',
  '9'.repeat(400),
]

/** Things a member may be by mistake. */
export const wrongValues: readonly unknown[] = [
  null,
  true,
  -1,
  1.5,
  1e308,
  [],
  {},
  [null],
  { $ne: null },
  ...hostileTexts,
]

/** A value that the schema allows. */
export function sample(schema: Schema, hints: Hints, name = ''): unknown {
  if (name in hints) return hints[name]
  const options = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(options)) return sample(options[0] as Schema, hints, name)
  if (Array.isArray(schema['enum'])) return schema['enum'][0]
  if ('const' in schema) return schema['const']
  switch (schema['type']) {
    case 'object':
      return Object.fromEntries(
        Object.entries((schema['properties'] ?? {}) as Record<string, Schema>).map(([member, of]) => [
          member,
          sample(of, hints, member),
        ]),
      )
    case 'array':
      return [sample(schema['items'] as Schema, hints, `${name}[]`)]
    case 'boolean':
      return true
    case 'integer':
    case 'number':
      return schema['minimum'] ?? 1
    default:
      return 'sample'
  }
}

/** A body, and the same body with one thing wrong, for everything that can be. */
export function variants(schema: Schema, hints: Hints): readonly unknown[] {
  const good = sample(schema, hints)
  if (typeof good !== 'object' || good === null || Array.isArray(good)) return [good, ...wrongValues]
  const members = Object.keys(good)
  return [
    good,
    ...members.map((left) => Object.fromEntries(Object.entries(good).filter(([name]) => name !== left))),
    ...members.flatMap((name) => wrongValues.map((value) => ({ ...good, [name]: value }))),
    ...members.map((name) => ({ ...good, [name]: Array.from({ length: 5000 }, () => 'x') })),
    ...['administrator', 'role', 'owner_id', 'version', 'id', 'constructor', 'emailVerified', 'scopes'].map(
      (name) => (members.includes(name) ? good : { ...good, [name]: true }),
    ),
    JSON.parse('{"__proto__":{"administrator":true}}') as unknown,
    {},
    [],
    null,
    'text',
  ]
}
