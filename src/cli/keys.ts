/** The installation's own keys at the command line: which there are, and replacing them by hand. */
import { keyPurposes, stateOf } from '../domain/signing-keys/key.ts'
import type { KeyTimes } from '../domain/signing-keys/key.ts'
import { rotateNow } from '../domain/signing-keys/rotate.ts'
import type { RotationManner } from '../domain/signing-keys/rotate.ts'
import { listKeys, loadKeys, resealKeys } from '../domain/signing-keys/store.ts'
import { Refusal } from '../platform/errors.ts'
import { rotationOf } from '../composition/rotation.ts'
import { defineCommand } from './command.ts'
import { choice, flag } from './option.ts'
import type { Command } from './command.ts'
import { effectiveConfig } from './effective-config.ts'
import { CliError } from './failures.ts'
import { confirm } from './input.ts'
import { confirmable } from './listing.ts'
import { count, sentence, table } from './output.ts'
import type { Answer } from './output.ts'

const noKeys = 'There are no keys yet. The server makes them on its first start.'

const list = defineCommand({
  words: 'keys list',
  summary: 'Lists the keys that sign tokens, cookies and nonces, without the keys themselves.',
  notes: ['next: published, not yet signing; current: signing; retired: published, no longer signing.'],
  examples: ['keys list'],
  run: async (context) => keysAnswer(await listKeys(await context.openDatabase()), context.act.now),
})

const rotate = defineCommand({
  words: 'keys rotate',
  summary: 'Replaces keys ahead of their time.',
  notes: [
    'Without more it is announced: the new key is published now and signs later, and nobody notices.',
    'Every running server takes the new keys up by itself.',
  ],
  options: {
    purpose: choice([...keyPurposes, 'all'], 'Which keys are replaced; all of them unless given.'),
    immediately: flag('Signs with the new key at once; clients with an older key set refuse it for a while.'),
    compromised: flag('Besides, deletes the older keys: everything they signed is refused from now on.'),
    ...confirmable,
  },
  examples: [
    'keys rotate',
    'keys rotate --purpose ES256 --immediately --yes',
    'keys rotate --compromised --yes',
  ],
  needsSecrets: true,
  run: async (context, given) => {
    const purpose = given.purpose ?? 'all'
    const manner = mannerOf(given)
    const db = await context.openDatabase()
    if ((await listKeys(db)).length === 0) throw new Refusal('conflict', noKeys)
    const seal = await context.openSeal()
    // A key sealed with anything else than the servers have would stop all of them; lost keys can only be replaced whole.
    if (manner !== 'compromised' || purpose !== 'all') await loadKeys(db, { seal })
    if (manner !== 'announced') await confirm(`${warnings[manner]} Keys: ${purpose}.`, given)
    const order = { ...rotationOf(await effectiveConfig(context, db), seal), purpose, manner }
    const { created, removed } = await rotateNow(db, order, context.act)
    const answer = keysAnswer(await listKeys(db), context.act.now)
    const gone = removed.length > 0 ? `, ${count(removed.length, 'older key')} deleted` : ''
    return {
      json: { created, removed },
      blocks: [sentence(`${count(created.length, 'key')} made${gone}.`), ...answer.blocks],
    }
  },
})

const reseal = defineCommand({
  words: 'keys reseal',
  summary: 'Seals every key with the first of SEALING_KEYS, so that the others can be taken away.',
  examples: ['keys reseal'],
  needsSecrets: true,
  run: async (context) => {
    const db = await context.openDatabase()
    const resealed = await resealKeys(db, { seal: await context.openSeal() })
    const text =
      resealed === 0 ? 'All keys are sealed with it already.' : `${count(resealed, 'key')} sealed anew.`
    return { json: { resealed }, blocks: [sentence(text)] }
  },
})

/** The commands about the installation's keys. */
export const keyCommands: readonly Command[] = [list, rotate, reseal]

const warnings: Record<Exclude<RotationManner, 'announced'>, string> = {
  immediately:
    'This signs with new keys at once: clients that keep a copy of the key set refuse new tokens until they fetch it again.',
  compromised:
    'This deletes the older keys: every ID token and JWT access token they signed is refused from now on, and with the cookie keys everybody is signed out.',
}

function mannerOf(given: { readonly immediately: boolean; readonly compromised: boolean }): RotationManner {
  if (given.immediately && given.compromised) {
    throw new CliError('usage', 'Give either --immediately or --compromised.')
  }
  if (given.compromised) return 'compromised'
  return given.immediately ? 'immediately' : 'announced'
}

function keysAnswer(keys: readonly KeyTimes[], now: Date): Answer {
  const items = keys.map((key) => {
    const state = stateOf(
      key,
      keys.filter(({ purpose }) => purpose === key.purpose),
      now,
    )
    return { ...key, state }
  })
  const json = { items: items.map(keyJson), next: null }
  if (items.length === 0) {
    return { json, blocks: [sentence(noKeys)] }
  }
  const byPurpose = items.toSorted((left, right) => placeOf(left) - placeOf(right))
  const rows = byPurpose.map((key) => [
    key.id,
    key.purpose,
    key.state,
    key.activatesAt,
    key.retiresAt ?? 'has no successor yet',
  ])
  return { json, blocks: [table(['id', 'purpose', 'state', 'signs from', 'published until'], rows)] }
}

function placeOf({ purpose }: KeyTimes): number {
  return keyPurposes.indexOf(purpose)
}

function keyJson({ id, purpose, state, createdAt, activatesAt, retiresAt }: KeyTimes & { state: string }) {
  return {
    id,
    purpose,
    state,
    created_at: createdAt,
    activates_at: activatesAt,
    retires_at: retiresAt ?? null,
  }
}
