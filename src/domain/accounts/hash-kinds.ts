/**
 * Kinds of password hashes. T31: hashes of older parameters and of other servers take another time to compare than ours, and
 * stay until their owners sign in. So an attempt that is rejected costs one comparison with every kind there is, whoever's
 * account it names and whether or not there is one.
 */
import { run, statement } from '../../platform/db/open.ts'
import type { Database } from '../../platform/db/open.ts'
import { costOfHash } from './foreign-hashes.ts'

// In comparisons with the most costly hash there may be, two thirds of a second each: bcrypt of every cost takes two. Whoever
// takes hashes over decides what every rejected attempt costs, whoever's account it names.
const mostOfAllKinds = 4
const costOfBeginning = 0.01

// From each kind to the next by the index: the number of accounts does not matter.
const kindOfRow = 'password_hash_kind(coalesce(password_hash, compromised_password_hash))'
const kindsInUse = statement<{ kind: string }>(
  'password_hash_kinds',
  `with recursive kinds as (
    (select ${kindOfRow} as kind from accounts where ${kindOfRow} is not null order by 1 limit 1)
    union all
    select (select ${kindOfRow} from accounts where ${kindOfRow} > kinds.kind order by 1 limit 1)
      from kinds where kinds.kind is not null
  ) select kind from kinds where kind is not null`,
)

/** The kinds of all hashes that an attempt may be compared with. */
export async function hashKindsInUse(db: Database): Promise<readonly string[]> {
  return (await run(db, kindsInUse, [])).map(({ kind }) => kind)
}

/**
 * As many kinds as an attempt may cost, the cheapest first. No import makes more of them than that, but two at the same moment
 * may, or one from before there was this bound. Then an account whose hash is of a kind that was left out can be told by the
 * time of a rejection, until its owner signs in: that is the smaller harm, since otherwise nobody could.
 */
export function affordableKinds(kinds: readonly string[]): readonly string[] {
  const families = [...Map.groupBy(kinds, (kind) => workOf(kind).family).values()]
    .map((members) => ({ members, cost: costOfFamily(members) }))
    .sort((one, other) => one.cost - other.cost)
  let total = 0
  return families.flatMap(({ members, cost }) => {
    total += cost
    return total > mostOfAllKinds ? [] : members
  })
}

/** What the longest costs, and for each of them that it has to be read. */
function costOfFamily(members: readonly string[]): number {
  return Math.max(...members.map(costOfHash)) + members.length * costOfBeginning
}

/** Which of some hashes is the first that would make attempts cost more than they may, beside the kinds that there are. */
export async function firstTooMany(
  db: Database,
  hashes: readonly (string | undefined)[],
): Promise<number | undefined> {
  const kinds = new Set(await hashKindsInUse(db))
  const at = hashes.findIndex((hash) => {
    const kind = hash && kindOf(hash)
    if (kind === undefined || kinds.has(kind)) return false
    kinds.add(kind)
    return affordableKinds([...kinds]).length < kinds.size
  })
  return at === -1 ? undefined : at
}

/** What a comparison with a hash costs, as a hash that nobody has a password for; `password_hash_kind` of migration 0026. */
export function kindOf(hash: string): string {
  if (hash.startsWith('$2')) return `$2b${hash.slice(3, 7)}${'A'.repeat(53)}`
  const [, prefix = '', digest = ''] = /^(.*)\$[^$]*\$([^$]*)$/.exec(hash) ?? []
  return `${inOneOrder(prefix)}$AAAAAAAAAAAAAAAA$${digest.replaceAll(/[^=]/g, 'A')}`
}

/** Libraries write the parameters of argon2 in different orders. */
function inOneOrder(prefix: string): string {
  return prefix.replace(/(?<=^\$argon2[a-z]*\$v=\d+\$).*/, (parameters) =>
    parameters.split(',').sort().join(','),
  )
}

/**
 * What is left to be compared after one hash was, so that the whole is the same work whichever it was. Of PBKDF2 there may be
 * many kinds, since its iterations are raised every year: together they cost what the longest does.
 */
export function remainingWork(compared: string, kinds: readonly string[]): string[] {
  const done = kindOf(compared)
  const families = Map.groupBy([done, ...kinds], (kind) => workOf(kind).family)
  return [...families.values()].flatMap((members) => {
    const most = Math.max(...members.map((kind) => workOf(kind).amount))
    const left = members.includes(done) ? most - workOf(done).amount : most
    return left === 0 ? [] : [workOf(members[0] ?? '').ofAmount(left)]
  })
}

interface Work {
  readonly family: string
  readonly amount: number
  readonly ofAmount: (amount: number) => string
}

function workOf(kind: string): Work {
  const [, name, iterations, rest = ''] = /^(\$?pbkdf2[^$]*\$(?:i=)?)(\d+)(.*)$/.exec(kind) ?? []
  if (name === undefined) return { family: kind, amount: 1, ofAmount: () => kind }
  const ofAmount = (amount: number) => `${name}${amount}${rest}`
  return { family: ofAmount(0), amount: Number(iterations), ofAmount }
}
