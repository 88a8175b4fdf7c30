import type { Account } from '../../domain/accounts/account.ts'
import { findDeletion } from '../../domain/accounts/deletion.ts'
import { keptOfAccount } from '../../domain/accounts/kept.ts'
import { listApiKeys } from '../../domain/api-keys/find.ts'
import type { ApiKey } from '../../domain/api-keys/find.ts'
import { scopeUsageOf, usageOf } from '../../domain/api-keys/usage-reports.ts'
import { heldScopes } from '../../domain/apis/held-scopes.ts'
import { rolesOfOwner } from '../../domain/apis/roles.ts'
import { activityOf } from '../../domain/audit/activity.ts'
import type { RecordedEvent } from '../../domain/audit/search.ts'
import { firstSignInAt, listDevices } from '../../domain/devices/devices.ts'
import { waitingMailsOf } from '../../domain/mail/waiting.ts'
import { listPasskeys } from '../../domain/second-factors/passkeys.ts'
import { enrolledFactors } from '../../domain/second-factors/second-factors.ts'
import { findTotp } from '../../domain/second-factors/totp.ts'
import { listWebSessions } from '../../domain/web-sessions/web-sessions.ts'
import { listConnectedApps } from '../../oidc/connected-apps.ts'
import { keptOfProtocol } from '../../oidc/kept-tokens.ts'
import { listSessions } from '../../oidc/session-list.ts'
import type { Database } from '../../platform/db/open.ts'

/** Everything that is kept of a person, and nothing that could be presented anywhere: no hash, seed, token or secret. */
export async function collectData(
  db: Database,
  account: Account,
  now: Date,
): Promise<Readonly<Record<string, unknown>>> {
  const { id } = account
  const owner = { type: 'account', id } as const
  const factors = await enrolledFactors(db, id)
  const { links, browsers, passwordFailures } = await keptOfAccount(db, id)
  const { tokens, grants } = await keptOfProtocol(db, id)
  return {
    exported_at: now,
    account,
    deletion: await findDeletion(db, id),
    password_failures: passwordFailures,
    second_factors: {
      authenticator_app: await findTotp(db, id),
      passkeys: await listPasskeys(db, id),
      recovery_codes_left: factors.recoveryCodesLeft,
      devices: await listDevices(db, id, now),
    },
    first_sign_in_at: await firstSignInAt(db, id),
    sessions: await listSessions(db, id),
    sessions_at_own_pages: await listWebSessions(db, id),
    browsers_that_offer_the_account: browsers,
    connected_apps: await listConnectedApps(db, id),
    grants,
    tokens,
    roles: await rolesOfOwner(db, owner),
    permissions: await heldScopes(db, owner),
    api_keys: await Promise.all((await allKeys(db, id, now)).map((key) => withUsage(db, key, now))),
    mailed_links: links,
    waiting_mails: await waitingMailsOf(db, id),
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

async function withUsage(db: Database, key: ApiKey, now: Date) {
  // Counted by the hour, that of its making included.
  const all = { from: new Date(key.createdAt.getTime() - 3_600_000), to: new Date(now.getTime() + 3_600_000) }
  return {
    ...withoutSecrets(key),
    scope_usage: await scopeUsageOf(db, key.id),
    usage: await usageOf(db, key.id, all),
  }
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
