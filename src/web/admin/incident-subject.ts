/** What an incident is about, looked up by what stands in the address. */
import { mayChange } from '../../domain/administration/permissions.ts'
import type { ManagementScope } from '../../domain/administration/scopes.ts'
import { findAccount } from '../../domain/accounts/account.ts'
import { requireApiKey } from '../../domain/api-keys/find.ts'
import { requireApi } from '../../domain/apis/api.ts'
import { requireClient } from '../../domain/clients/client.ts'
import type { IncidentSubject } from '../../oidc/incidents.ts'
import { Refusal } from '../../platform/errors.ts'
import type { ShownSubject } from '../../../views/admin/incident-page.ts'
import type { Visit } from './route.ts'

/** A subject with its name, and how the caches know it. */
export interface FoundSubject extends ShownSubject {
  readonly change: { readonly kind: string; readonly id: string }
}

const disablingNeeds: Readonly<Record<IncidentSubject['kind'], ManagementScope | undefined>> = {
  account: 'accounts:write',
  client: 'clients:write',
  api: 'apis:write',
  api_key: undefined,
}

/** The subject of the page, or a refusal. */
export async function requireSubject({ db, params }: Pick<Visit, 'db' | 'params'>): Promise<FoundSubject> {
  const { kind, id = '' } = params
  switch (kind) {
    case 'account': {
      const account = await findAccount(db, id)
      if (account === undefined) throw nothing()
      return found({ kind, id, name: account.email, isDisabled: account.disabledAt !== undefined })
    }
    case 'client': {
      const { name, disabledAt } = await requireClient(db, id)
      return found({ kind, id, name, isDisabled: disabledAt !== undefined })
    }
    case 'api': {
      const { name, identifier, disabledAt, builtIn } = await requireApi(db, id)
      const subject = found({ kind, id, name, isDisabled: disabledAt !== undefined || builtIn })
      // What is remembered of an API is remembered under its identifier.
      return { ...subject, change: { kind, id: identifier } }
    }
    case 'key':
    case 'api_key': {
      const { name, owner } = await requireApiKey(db, id)
      return found({ kind: 'api_key', id, name, isDisabled: true, owner })
    }
    default:
      throw nothing()
  }
}

/** Whether this administrator may disable the subject too: ending what stands is open to more people than that. */
export async function mayDisable({ db, held }: Visit, subject: ShownSubject): Promise<boolean> {
  const needed = disablingNeeds[subject.kind]
  if (needed === undefined || subject.isDisabled || !held.has(needed)) return false
  const { kind, id } = subject
  if (kind !== 'account' && kind !== 'client') return true
  return mayChange(db, held, { type: kind, id })
}

function found(subject: ShownSubject): FoundSubject {
  return { ...subject, change: { kind: subject.kind, id: subject.id } }
}

function nothing(): Refusal {
  return new Refusal('not_found', 'There is nothing with this id.')
}
