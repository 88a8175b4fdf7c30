/** Registering and changing APIs. */
import { requireApi } from '../../domain/apis/api.ts'
import type { Api } from '../../domain/apis/api.ts'
import { apiChange, newApi } from '../../domain/apis/input.ts'
import type { ApiChange } from '../../domain/apis/input.ts'
import { changeApi, createApi } from '../../domain/apis/lifecycle.ts'
import { refuseBuiltIn } from '../../domain/apis/refuse-built-in.ts'
import { Refusal } from '../../platform/errors.ts'
import { apiFormContent } from '../../../views/admin/api-form-page.ts'
import type { ApiFormProps } from '../../../views/admin/api-form-page.ts'
import { problemText } from '../../../views/messages/problems.ts'
import type { ConsoleRoute, Visit } from './route.ts'

type Problems = Readonly<Record<string, string>>

const listPath = '/admin/apis'
/** The fields of the form, and the members of the room. */
const fieldOfMember: Readonly<Record<string, string>> = {
  tokenFormat: 'token_format',
  signingAlg: 'signing_alg',
  accessTokenLifetimeSeconds: 'access_token_lifetime_seconds',
  accountsNeedPermission: 'accounts_need_permission',
  accountKeys: 'account_keys',
  minimumAcr: 'minimum_acr',
}

function showNew(visit: Visit): void {
  showForm(visit, { values: {}, problems: {}, problem: undefined, api: undefined })
}

async function create(visit: Visit): Promise<void> {
  const { db, form, rooms, act, announce, leadTo } = visit
  const typed: ApiFormProps = { values: form.fields, problems: {}, problem: undefined, api: undefined }
  const wanted = (form.fields['id'] ?? '').trim()
  const parsed = newApi.safeParse({
    ...settingsOf(visit),
    id: wanted === '' ? rooms.newId('api') : wanted,
    identifier: (form.fields['identifier'] ?? '').trim(),
  })
  if (!parsed.success)
    return showForm(visit, { ...typed, problems: problemsOf(visit, parsed.error.issues) }, 400)
  const api = await kept(visit, typed, () => createApi(db, parsed.data, act))
  if (api === undefined) return
  announce({ kind: 'api', id: api.identifier })
  leadTo(`${listPath}/${api.id}`, 'created')
}

async function showChange(visit: Visit): Promise<void> {
  const api = await changeable(visit)
  const { id, name, version } = api
  const shown = { id, name, version, isStale: false }
  showForm(visit, { values: valuesOf(api), problems: {}, problem: undefined, api: shown })
}

async function change(visit: Visit): Promise<void> {
  const { db, form, frame, act, announce, leadTo } = visit
  const current = await changeable(visit)
  const { id, name } = current
  const version = Number(form.fields['version'])
  if (!Number.isInteger(version) || version < 1) return leadTo(`${listPath}/${id}/change`)
  const typed: ApiFormProps = {
    values: form.fields,
    problems: {},
    problem: undefined,
    api: { id, name, version, isStale: false },
  }
  const parsed = apiChange.safeParse({ ...settingsOf(visit), id, version })
  if (!parsed.success)
    return showForm(visit, { ...typed, problems: problemsOf(visit, parsed.error.issues) }, 400)
  const changes: ApiChange = parsed.data
  const changed = await changeApi(db, changes, act).catch((error: unknown) => {
    if (error instanceof Refusal && error.code === 'conflict') return undefined
    throw error
  })
  if (changed === undefined) {
    const now = await requireApi(db, id)
    const api = { id, name: now.name, version: now.version, isStale: true }
    return showForm(visit, { ...typed, problem: frame.messages.console.changedMeanwhile, api }, 409)
  }
  announce({ kind: 'api', id: changed.identifier })
  return leadTo(`${listPath}/${id}`, 'saved')
}

/** What came of it; undefined if it was refused, which the form then says. */
async function kept(visit: Visit, typed: ApiFormProps, make: () => Promise<Api>): Promise<Api | undefined> {
  try {
    return await make()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    showForm(visit, { ...typed, problem: problemText(visit.frame.messages, error.message) }, error.status)
    return undefined
  }
}

/** An API that is not part of the program. */
export async function changeable({ db, params }: Visit): Promise<Api> {
  const api = await requireApi(db, params['id'] ?? '')
  refuseBuiltIn(api, 'API')
  return api
}

function settingsOf({ form: { fields } }: Visit) {
  const lifetime = (fields['access_token_lifetime_seconds'] ?? '').trim()
  return {
    name: (fields['name'] ?? '').trim(),
    tokenFormat: fields['token_format'],
    signingAlg: fields['signing_alg'],
    // What is no number is told so, instead of being taken for one.
    accessTokenLifetimeSeconds: /^\d{1,12}$/.test(lifetime) ? Number(lifetime) : Number.NaN,
    accountsNeedPermission: fields['accounts_need_permission'] === 'yes',
    accountKeys: fields['account_keys'] === 'yes',
    minimumAcr: fields['minimum_acr'],
  }
}

function valuesOf(api: Api): Readonly<Record<string, string>> {
  return {
    name: api.name,
    token_format: api.tokenFormat,
    signing_alg: api.signingAlg,
    access_token_lifetime_seconds: String(api.accessTokenLifetimeSeconds),
    accounts_need_permission: api.accountsNeedPermission ? 'yes' : '',
    account_keys: api.accountKeys ? 'yes' : '',
    minimum_acr: api.minimumAcr,
  }
}

function problemsOf(
  { frame }: Visit,
  issues: readonly {
    readonly path: readonly PropertyKey[]
    readonly message: string
    readonly code: string
  }[],
): Problems {
  const problems: Record<string, string> = {}
  for (const { path, message, code } of issues) {
    const member = String(path[0])
    const isNoNumber = member === 'accessTokenLifetimeSeconds' && code === 'invalid_type'
    problems[fieldOfMember[member] ?? member] ??= isNoNumber
      ? frame.messages.consoleApiForm.notNumber
      : problemText(frame.messages, message)
  }
  return problems
}

function showForm({ frame, show }: Visit, props: ApiFormProps, status = 200): void {
  const { consoleApiForm: texts, consoleApis } = frame.messages
  const title = props.api === undefined ? texts.createTitle : `${consoleApis.change}: ${props.api.name}`
  show({ title, current: listPath, hasProblem: status >= 400, content: apiFormContent(frame, props) }, status)
}

/** Pages that register and change APIs. */
export const apiEditPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/apis/new', needs: 'apis:write', handle: showNew },
  { method: 'POST', path: '/apis/new', needs: 'apis:write', handle: create },
  { method: 'GET', path: '/apis/:id/change', needs: 'apis:write', handle: showChange },
  { method: 'POST', path: '/apis/:id/change', needs: 'apis:write', handle: change },
]
