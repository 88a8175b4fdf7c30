/** What the schemas say of a value that has the wrong shape: the words of zod, which has no others for most of them. */
import type { Translation } from './translation.ts'

/** German. */
export const valueProblemsDe: readonly Translation[] = [
  ['Invalid input: expected string, received undefined', 'fehlt'],
  ['Invalid input: expected number, received NaN', 'muss eine ganze Zahl sein'],
  [/^Invalid input: expected (.*), received (.*)$/, 'muss {0} sein, ist aber {1}'],
  [/^Invalid input: expected (.*)$/, 'muss {0} sein'],
  [/^Invalid option: expected one of (.*)$/, 'muss eines von diesen sein: {0}'],
  [
    /^Too big: expected (?:string|file) to have (?:<=|exactly )(\d+) characters$/,
    'darf höchstens {0} Zeichen haben',
  ],
  [/^Too big: expected \w+ to have (?:<=|exactly )(\d+) \w+$/, 'darf höchstens {0} Einträge haben'],
  [/^Too big: expected \w+ to be <=(.*)$/, 'darf höchstens {0} sein'],
  [/^Too big: expected \w+ to be <(.*)$/, 'muss kleiner als {0} sein'],
  [
    /^Too small: expected string to have (?:>=|exactly )(\d+) characters$/,
    'muss mindestens {0} Zeichen haben',
  ],
  [/^Too small: expected \w+ to have (?:>=|exactly )(\d+) \w+$/, 'muss mindestens {0} Einträge haben'],
  [/^Too small: expected \w+ to be >=(.*)$/, 'muss mindestens {0} sein'],
  [/^Too small: expected \w+ to be >(.*)$/, 'muss größer als {0} sein'],
  [/^Invalid string: must start with "(.*)"$/, 'muss mit „{0}“ beginnen'],
  [/^Invalid string: must end with "(.*)"$/, 'muss mit „{0}“ enden'],
  [/^Invalid string: must include "(.*)"$/, 'muss „{0}“ enthalten'],
  [/^Invalid string: must match pattern (.*)$/, 'muss auf das Muster {0} passen'],
  [/^Invalid number: must be a multiple of (.*)$/, 'muss ein Vielfaches von {0} sein'],
  [/^Unrecognized keys?: (.*)$/, 'enthält Unbekanntes: {0}'],
  [/^Invalid key in (.*)$/, 'enthält in {0} einen ungültigen Schlüssel'],
  [/^Invalid value in (.*)$/, 'enthält in {0} einen ungültigen Wert'],
  [/^Invalid discriminator value\. Expected (.*)$/, 'muss eines von diesen sein: {0}'],
  ['Invalid input: more than one option matched', 'passt auf mehr als eine Möglichkeit'],
  ['Invalid input', 'ist nicht, was erwartet wird'],
  [/^Invalid (.*)$/, 'ist nicht von der Art {0}'],
]
