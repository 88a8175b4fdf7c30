/** Changing an API key: a form that says from which version it was made, so that nobody overwrites what they have not seen. */
import { requireMayGive } from '../../domain/administration/permissions.ts'
import { findApiById } from '../../domain/apis/api.ts'
import { keyCeiling } from '../../domain/api-keys/create.ts'
import { requireApiKey } from '../../domain/api-keys/find.ts'
import type { ApiKey } from '../../domain/api-keys/find.ts'
import { apiKeyChange, parseApiKeyInput } from '../../domain/api-keys/input.ts'
import { changeApiKey, requireNotRevoked } from '../../domain/api-keys/lifecycle.ts'
import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import { changeKeyContent } from '../../../views/admin/key-change-pages.ts'
import type { KeyFieldsProps, KeyFormProblems, KeyFormValues } from '../../../views/admin/key-form.ts'
import { fillText, timeFormat } from '../../../views/messages/messages.ts'
import type { Messages } from '../../../views/messages/messages.ts'
import { readKeyForm } from './key-form.ts'
import type { KeySettings } from './key-form.ts'
import type { ConsoleRoute, Visit } from './route.ts'

async function askChange(visit: Visit): Promise<void> {
  const key = await changeableKey(visit)
  const fields = await fieldsFor(visit, key, { values: valuesOf(key), problems: {} })
  showForm(visit, { key, fields })
}

async function change(visit: Visit): Promise<void> {
  const { db, form, frame, held, now, act, announce, leadTo } = visit
  const key = await changeableKey(visit)
  const version = Number(/^\d{1,9}$/.exec(form.fields['version'] ?? '')?.[0] ?? 0)
  if (version === 0) return leadTo(`/admin/keys/${key.id}/change`)
  const { values, problems, settings } = readKeyForm(form, { messages: frame.messages, now, mayKeep: true })
  const again = async (told: KeyFormProblems, status: number, problem?: string): Promise<void> => {
    const fields = await fieldsFor(visit, key, { values, problems: told })
    // What was typed stays, and is measured against the key as it is now.
    return showForm(visit, { key, fields, ...(problem !== undefined && { problem }) }, status)
  }
  if (settings === undefined) return again(problems, 400)
  try {
    requireMayGive(held, { apiId: key.apiId, scopes: [...key.scopes, ...settings.scopes] })
    await changeApiKey(db, parseApiKeyInput(apiKeyChange, changeOf(key.id, version, settings)), act)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { consoleKeyForm: texts, console } = frame.messages
    if (error.code === 'conflict') return again({}, error.status, console.changedMeanwhile)
    if (error.code === 'invalid_scope') return again({ scopes: texts.scopesBeyondProblem }, error.status)
    if (error.code === 'forbidden') return again({}, error.status, texts.beyondYou)
    throw error
  }
  announce({ kind: 'api_key', id: key.id })
  leadTo(`/admin/keys/${key.id}`, 'saved')
}

function changeOf(id: string, version: number, settings: KeySettings) {
  const { expiresAt, rateLimit, quota, ...same } = settings
  return {
    ...same,
    id,
    version,
    rateLimit: rateLimit ?? null,
    quota: quota ?? null,
    ...(expiresAt !== 'keep' && { expiresAt: expiresAt === 'never' ? null : expiresAt }),
  }
}

async function changeableKey({ db, params }: Visit): Promise<ApiKey> {
  const key = await requireApiKey(db, params['id'] ?? '')
  requireNotRevoked(key)
  return key
}

function valuesOf({ name, scopes, allowedAddresses, rateLimit, quota }: ApiKey): KeyFormValues {
  return {
    name,
    scopes,
    expiry: 'keep',
    addresses: allowedAddresses.join('\n'),
    rateRequests: rateLimit === undefined ? '' : String(rateLimit.requests),
    rateSeconds: rateLimit === undefined ? '' : String(rateLimit.seconds),
    rateBurst: rateLimit?.burst === undefined ? '' : String(rateLimit.burst),
    quotaRequests: quota === undefined ? '' : String(quota.requests),
    quotaPeriod: quota?.period ?? '',
  }
}

async function fieldsFor(
  { db, frame: { messages } }: Visit,
  key: ApiKey,
  form: Pick<KeyFieldsProps, 'values' | 'problems'>,
): Promise<KeyFieldsProps> {
  const { scopes, ceiling } = await scopesOf(db, key)
  const { consoleKeyForm: texts } = messages
  return {
    ...form,
    keepExpiry: keepText(messages, key.expiresAt),
    offered: scopes.filter(({ name }) => ceiling.has(name)),
    withheld: scopes
      .filter(({ name }) => !ceiling.has(name))
      .map((scope) => {
        const isHeldByKey = key.scopes.includes(scope.name)
        return { ...scope, isHeldByKey, why: isHeldByKey ? texts.notHeldNow : texts.notHeld }
      }),
  }
}

/** The scopes of the API, and those that only the key still names. */
async function scopesOf(db: Database, key: ApiKey) {
  const api = await findApiById(db, key.apiId)
  const named = api?.scopes ?? []
  const orphaned = key.scopes.filter((scope) => !named.some(({ name }) => name === scope))
  return {
    scopes: [...named, ...orphaned.map((name) => ({ name, description: '' }))],
    ceiling: await keyCeiling(db, key),
  }
}

function keepText({ language, consoleKeyForm: texts }: Messages, expiresAt: Date | undefined): string {
  if (expiresAt === undefined) return texts.expiryKeepNever
  const date = timeFormat({ language }, { dateStyle: 'medium' }).format(expiresAt)
  return fillText(texts.expiryKeep, { date })
}

function showForm(
  { frame, show }: Visit,
  props: { readonly key: ApiKey; readonly fields: KeyFieldsProps; readonly problem?: string },
  status?: number,
): void {
  const title = fillText(frame.messages.consoleKeyForm.changeTitle, { name: props.key.name })
  const hasProblem = props.problem !== undefined || Object.keys(props.fields.problems).length > 0
  show({ title, current: '/admin/keys', hasProblem, content: changeKeyContent(frame, props) }, status)
}

/** The pages that change keys. */
export const keyChangePages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/keys/:id/change', needs: 'keys:write', fresh: true, handle: askChange },
  { method: 'POST', path: '/keys/:id/change', needs: 'keys:write', fresh: true, handle: change },
]
