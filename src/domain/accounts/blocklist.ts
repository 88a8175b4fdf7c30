import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/**
 * Passwords that are tried first, because many people have had them (ASVS 6.2.4).
 * `common-passwords.txt.gz` holds one a line, folded as `foldText` does and sorted by bytes. They are from "10 million
 * passwords, top 1 million" of SecLists (Daniel Miessler and others, MIT licence): all 9,747 with at least 15 characters,
 * and the 30,000 most common with 8 to 14, which is 39,185 after folding.
 */
const file = join(import.meta.dirname, 'common-passwords.txt.gz')

let lines: Buffer | undefined

/** Whether a folded password is, as a whole, one of the common ones. The list is read when it is first asked. */
export function isCommonPassword(folded: string): boolean {
  const list = (lines ??= gunzipSync(readFileSync(file)))
  const wanted = Buffer.from(folded)
  // Searched as it is: 440 kB of text in one piece, where as many strings would take ten times that.
  let from = 0
  let to = list.length
  while (from < to) {
    const start = lineStart(list, (from + to) >>> 1)
    const end = list.indexOf(0x0a, start)
    const order = wanted.compare(list, start, end)
    if (order === 0) return true
    if (order < 0) to = start
    else from = end + 1
  }
  return false
}

function lineStart(list: Buffer, at: number): number {
  return at === 0 ? 0 : list.lastIndexOf(0x0a, at - 1) + 1
}
