/** What rooms say is wrong with a client, in German: nothing that they can say is forgotten. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inGerman, problemText } from '../../views/messages/console-problems.ts'

const root = join(import.meta.dirname, '../..')
const rooms = [
  'src/platform/exact-url.ts',
  'src/platform/rate.ts',
  'src/platform/text.ts',
  'src/domain/clients/create.ts',
  'src/domain/clients/jwks.ts',
  'src/domain/clients/metadata-rules.ts',
  'src/domain/clients/metadata.ts',
  'src/domain/clients/redirect-uri.ts',
  'src/domain/clients/settings.ts',
]
// The end of a sentence, or a whole one; what is put into it at run time is anything.
const begins =
  'is|has|have|must|needs?|begins|ends|belongs|fits|refresh_token|client_credentials|private_key_jwt|openid cannot|An?|There is'
const sentences = rooms.flatMap((file) =>
  readFileSync(join(root, file), 'utf8')
    .replaceAll(/^ *(?:\/\/|\*|\/\*).*$/gm, '')
    .replaceAll(/\$\{[^}]*\}/g, '7')
    .matchAll(new RegExp(`'((?:${begins}) [^'\\n]+)'|\`((?:${begins}) [^\`\\n]+)\``, 'g'))
    .map(([, quoted, template]) => quoted ?? template ?? '')
    .toArray(),
)

test('every sentence that a room has for a client is there in German', () => {
  expect(sentences.length).toBeGreaterThan(40)
  expect(sentences.filter((text) => inGerman(text) === undefined)).toEqual([])
})

test('what a room puts into its sentence stands in the German one, and English stays as it is', () => {
  const said = 'is not in its plain form, which is https://app.example/a?b=%24&'
  expect(inGerman(said)).toContain('nämlich https://app.example/a?b=%24&')
  expect(problemText({ language: 'en' }, said)).toBe(said)
  expect(problemText({ language: 'de' }, 'something new')).toBe('something new')
})
