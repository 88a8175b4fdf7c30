/**
 * Passwords that anybody would expect: a row of keys, one thing again and again, and the words of this place or this
 * person with nothing but digits and signs around them. Each is judged as a whole; a long password that merely contains
 * such a word is a good one.
 */

const alphabet = 'abcdefghijklmnopqrstuvwxyz'
const rows = [
  '0123456789',
  '1234567890',
  alphabet,
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  '1q2w3e4r5t6y7u8i9o0p',
]
const shortestWord = 3
// More digits and signs than these are something of one's own.
const mostDecoration = 10
const shortestOwnPart = 15

/** Whether a folded password is a row of keys or letters, in either direction, however often it starts again. */
export function isSequence(folded: string): boolean {
  return rows.some((row) => {
    const endless = row.repeat(Math.ceil(folded.length / row.length) + 1)
    return endless.includes(folded) || Array.from(endless).reverse().join('').includes(folded)
  })
}

/** What a text consists of when it is the same thing again and again, the last one perhaps cut short; else the text. */
export function repeatedPart(text: string): string {
  const characters = Array.from(text)
  // The smallest shift under which the text lies on itself, as Knuth, Morris and Pratt find it.
  const borders = [0]
  for (let at = 1; at < characters.length; at += 1) {
    let border = borders[at - 1] ?? 0
    while (border > 0 && characters[at] !== characters[border]) border = borders[border - 1] ?? 0
    borders.push(characters[at] === characters[border] ? border + 1 : 0)
  }
  const shift = characters.length - (borders.at(-1) ?? 0)
  return characters.slice(0, shift).join('')
}

/** Whether a folded password is the same thing three times or more: letters, a word, anything short. */
export function isRepetition(folded: string): boolean {
  const part = Array.from(repeatedPart(folded)).length
  // What would be long enough by itself does not become worse.
  return part < shortestOwnPart && part * 3 <= Array.from(folded).length
}

/** Whether the letters of a folded password are some of these words and nothing else; a few digits and signs may be anywhere. */
export function isMadeOf(folded: string, words: readonly string[]): boolean {
  const letters = lettersOf(folded)
  const decoration = folded.replaceAll(/[\p{L}\p{M}\s]/gu, '')
  if (letters === '' || decoration.length > mostDecoration) return false
  const parts = words.map(lettersOf).filter((word) => Array.from(word).length >= shortestWord)
  const reached = new Set([0])
  for (let at = 0; at < letters.length; at += 1) {
    if (!reached.has(at)) continue
    for (const part of parts) if (letters.startsWith(part, at)) reached.add(at + part.length)
  }
  return reached.has(letters.length)
}

function lettersOf(text: string): string {
  return text.replaceAll(/[^\p{L}\p{M}]/gu, '')
}
