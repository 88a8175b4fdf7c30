/** What is known of the keys that sign, and of those that programs present. */
import type { Config } from '../../config.ts'
import { countNeglected, countUnderPeppers } from '../../domain/api-keys/hygiene-count.ts'
import type { UnderPeppers } from '../../domain/api-keys/hygiene-count.ts'
import { currentOf, keyPurposes } from '../../domain/signing-keys/key.ts'
import { listKeys } from '../../domain/signing-keys/store.ts'
import type { Database } from '../../platform/db/open.ts'
import { counted, enumerated, mostCounted } from './finding.ts'
import type { Check } from './finding.ts'

/** Judges signing keys and API keys. */
export async function keyChecks(
  db: Database,
  { keyPeppers }: Pick<Config, 'keyPeppers'>,
  now: Date,
): Promise<readonly Check[]> {
  const peppers = keyPeppers.map(({ id }) => id)
  const [missing, { idle, endless }, under] = await Promise.all([
    purposesWithoutKey(db, now),
    countNeglected(db, now, mostCounted),
    countUnderPeppers(db, { peppers, mostCounted }, now),
  ])
  return [
    {
      code: 'signing_keys',
      about: enumerated(missing),
      holds: missing.length === 0,
      otherwise: 'problem',
      good: 'There is a signing key for every purpose.',
      bad: `There is no signing key for ${enumerated(missing)}.`,
      mend: 'Start the server once: it makes them.',
    },
    {
      code: 'idle_api_keys',
      about: counted(idle),
      holds: idle === 0,
      otherwise: 'advice',
      good: 'No API key has been idle for 90 days.',
      bad: `API keys that nobody used for 90 days: ${counted(idle)}.`,
      mend: 'Look at them with: latchkey api-keys hygiene --finding idle',
    },
    {
      code: 'endless_api_keys',
      about: counted(endless),
      holds: endless === 0,
      otherwise: 'advice',
      good: 'Every API key ends some day.',
      bad: `API keys that never expire: ${counted(endless)}.`,
      mend: 'Look at them with: latchkey api-keys hygiene --finding no_expiry',
      source: 'ASVS 13.3.4',
    },
    ...pepperChecks(under),
  ]
}

function pepperChecks({ none, older }: UnderPeppers): readonly Check[] {
  return [
    {
      code: 'api_key_peppers_there',
      about: counted(none),
      holds: none === 0,
      otherwise: 'problem',
      good: 'The pepper of every API key is configured.',
      bad: `API keys that are refused because their pepper is not in KEY_PEPPERS: ${counted(none)}.`,
      mend: 'Put their pepper back into KEY_PEPPERS, behind the first, until these keys are rotated or revoked.',
    },
    {
      code: 'api_key_peppers_current',
      about: counted(older),
      holds: older === 0,
      otherwise: 'advice',
      good: 'Every API key is hashed with the first pepper.',
      bad: `API keys that are still hashed with an older pepper: ${counted(older)}.`,
      mend: 'Rotate them. They are listed by: latchkey api-keys hygiene --finding retired_pepper',
      source: 'ASVS 13.3.4',
    },
  ]
}

async function purposesWithoutKey(db: Database, now: Date): Promise<readonly string[]> {
  const keys = await listKeys(db)
  return keyPurposes.filter((purpose) => {
    const ofPurpose = keys.filter((key) => key.purpose === purpose)
    return currentOf(ofPurpose, now) === undefined
  })
}
