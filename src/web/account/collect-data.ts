import type { Account } from '../../domain/accounts/account.ts'
import { findDeletion } from '../../domain/accounts/deletion.ts'
import { listApiKeys } from '../../domain/api-keys/find.ts'
import type { ApiKey } from '../../domain/api-keys/find.ts'
import { heldScopes } from '../../domain/apis/held-scopes.ts'
import { activityOf } from '../../domain/audit/activity.ts'
import type { RecordedEvent } from '../../domain/audit/search.ts'
import { listDevices } from '../../domain/devices/devices.ts'
import { listPasskeys } from '../../domain/second-factors/passkeys.ts'
import { enrolledFactors } from '../../domain/second-factors/second-factors.ts'
import { findTotp } from '../../domain/second-factors/totp.ts'
import { listConnectedApps } from '../../oidc/connected-apps.ts'
import { listSessions } from '../../oidc/session-list.ts'
import type { Database } from '../../platform/db/open.ts'

/** Everything that is kept of a person, and nothing that could be presented anywhere: no hash, seed, token or secret. */
export async function collectData(
  db: Database,
  account: Account,
  now: Date,
): Promise<Readonly<Record<string, unknown>>> {
  const { id } = account
  const factors = await enrolledFactors(db, id)
  return {
    exported_at: now,
    account,
    deletion: await findDeletion(db, id),
    second_factors: {
      authenticator_app: await findTotp(db, id),
      passkeys: await listPasskeys(db, id),
      recovery_codes_left: factors.recoveryCodesLeft,
      devices: await listDevices(db, id, now),
    },
    sessions: await listSessions(db, id),
    connected_apps: await listConnectedApps(db, id),
    permissions: await heldScopes(db, { type: 'account', id }),
    api_keys: (await allKeys(db, id, now)).map(withoutSecrets),
    activity: await allEvents(db, id),
  }
}

async function allKeys(db: Database, accountId: string, now: Date): Promise<ApiKey[]> {
  const keys: ApiKey[] = []
  let after: string | undefined
  do {
    const query = { owner: { type: 'account', id: accountId } as const, limit: 100, after }
    const page = await listApiKeys(db, query, now)
    keys.push(...page.items)
    after = page.next
  } while (after !== undefined)
  return keys
}

function withoutSecrets({ secrets, ...key }: ApiKey) {
  const uses = secrets.map(({ hash: _hash, pepperId: _pepper, ...use }) => use)
  return { ...key, secrets: uses }
}

async function allEvents(db: Database, accountId: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = []
  let after: string | undefined
  do {
    const page = await activityOf(db, { accountId, after, limit: 1000 })
    events.push(...page.items)
    after = page.next
  } while (after !== undefined)
  return events
}
