/**
 * What is wrong, in the language of the page. Rooms and doors say it in English, for every way in alike; here are the words
 * that people who read German see instead.
 */
import type { Messages } from './messages.ts'
import { fieldProblemsDe } from './problems-of-fields.ts'
import { refusalsDe } from './problems-of-refusals.ts'
import { valueProblemsDe } from './problems-of-values.ts'
import { translated } from './translation.ts'

const german = [...fieldProblemsDe, ...refusalsDe, ...valueProblemsDe]

/** What is wrong, in the language of the page. What has no translation is said as it is. */
export function problemText({ language }: Pick<Messages, 'language'>, said: string): string {
  if (language !== 'de') return said
  return inGerman(said) ?? joinedInGerman(said) ?? said
}

/** The German words for one sentence; undefined where there are none. */
export function inGerman(said: string): string | undefined {
  return translated(german, said)
}

/** Several problems in one line, each after its place: `name: must not be empty; jwks: has more than 20 keys; and 3 more.` */
function joinedInGerman(said: string): string | undefined {
  const end = said.endsWith('.') ? '.' : ''
  const told: string[] = []
  let open = ''
  for (const piece of said.slice(0, said.length - end.length).split('; ')) {
    open = open === '' ? piece : `${open}; ${piece}`
    const text = placedInGerman(open)
    // A sentence may hold a semicolon of its own: then it goes on in the next piece.
    if (text === undefined) continue
    told.push(text)
    open = ''
  }
  return open === '' ? `${told.join('; ')}${end}` : undefined
}

function placedInGerman(text: string): string | undefined {
  const more = /^and (\d+) more$/.exec(text)
  if (more !== null) return `und ${more[1]} weitere`
  const whole = inGerman(text)
  if (whole !== undefined) return whole
  const [, place = '', problem = ''] = /^([^\s:]{1,200}): (.*)$/.exec(text) ?? []
  const told = inGerman(problem)
  return told === undefined ? undefined : `${place}: ${told}`
}
