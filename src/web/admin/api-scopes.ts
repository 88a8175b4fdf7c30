/** The scopes of an API, one at a time: added, described, removed. */
import type { Api } from '../../domain/apis/api.ts'
import { requireApi } from '../../domain/apis/api.ts'
import { scopesChange } from '../../domain/apis/input.ts'
import type { ApiScope } from '../../domain/apis/input.ts'
import { setScopes } from '../../domain/apis/scopes.ts'
import { usesOfApi } from '../../domain/apis/uses.ts'
import { countKeysWithScope } from '../../domain/api-keys/scope-count.ts'
import { Refusal } from '../../platform/errors.ts'
import { removeScopeContent, scopeFormContent } from '../../../views/admin/api-scope-pages.ts'
import type { ScopeFormProps } from '../../../views/admin/api-scope-pages.ts'
import { problemText } from '../../../views/messages/problems.ts'
import { changeable } from './api-edit.ts'
import type { ConsoleRoute, DoneCode, Visit } from './route.ts'

const current = '/admin/apis'

async function askNew(visit: Visit): Promise<void> {
  const api = await changeable(visit)
  showForm(visit, api, { name: '', description: '', isNew: true, problems: {} })
}

async function add(visit: Visit): Promise<void> {
  const { form, frame } = visit
  const api = await changeable(visit)
  const name = (form.fields['scope'] ?? '').trim()
  const description = (form.fields['description'] ?? '').trim()
  const typed: ScopeFormProps = { name, description, isNew: true, problems: {} }
  if (api.scopes.some((scope) => scope.name === name)) {
    return showForm(visit, api, { ...typed, problems: { name: frame.messages.consoleApiScopes.taken } }, 409)
  }
  return save(visit, { api, scopes: [...api.scopes, { name, description }], typed, done: 'saved' })
}

async function askDescription(visit: Visit): Promise<void> {
  const api = await changeable(visit)
  const scope = scopeNamed(api, visit.query.get('scope'))
  if (scope === undefined) return visit.leadTo(`${current}/${api.id}`)
  return showForm(visit, api, { ...scope, isNew: false, problems: {} })
}

async function describe(visit: Visit): Promise<void> {
  const { form, leadTo } = visit
  const api = await changeable(visit)
  const scope = scopeNamed(api, form.fields['scope'])
  if (scope === undefined) return leadTo(`${current}/${api.id}`)
  const description = (form.fields['description'] ?? '').trim()
  const scopes = api.scopes.map((each) => (each.name === scope.name ? { ...each, description } : each))
  return save(visit, {
    api,
    scopes,
    typed: { name: scope.name, description, isNew: false, problems: {} },
    done: 'saved',
  })
}

async function askRemoval(visit: Visit): Promise<void> {
  const api = await changeable(visit)
  const scope = scopeNamed(api, visit.query.get('scope'))
  if (scope === undefined) return visit.leadTo(`${current}/${api.id}`)
  return showRemoval(visit, api, scope.name)
}

async function remove(visit: Visit): Promise<void> {
  const { db, form, frame, leadTo } = visit
  const api = await changeable(visit)
  const scope = scopeNamed(api, form.fields['scope'])
  if (scope === undefined || form.fields['confirmed'] !== 'yes') return leadTo(`${current}/${api.id}`)
  const scopes = api.scopes.filter(({ name }) => name !== scope.name)
  if (await keep(visit, api, scopes)) return leadTo(`${current}/${api.id}`, 'withdrawn')
  const { changedMeanwhile } = frame.messages.console
  return showRemoval(visit, await requireApi(db, api.id), scope.name, changedMeanwhile)
}

async function save(
  visit: Visit,
  wanted: {
    readonly api: Api
    readonly scopes: readonly ApiScope[]
    readonly typed: ScopeFormProps
    readonly done: DoneCode
  },
): Promise<void> {
  const { db, frame, leadTo } = visit
  const { api, scopes, typed, done } = wanted
  const problems = problemsOf(visit, { api, scopes, name: typed.name })
  if (Object.keys(problems).length > 0) return showForm(visit, api, { ...typed, problems }, 400)
  if (await keep(visit, api, scopes)) return leadTo(`${current}/${api.id}`, done)
  const problem = frame.messages.console.changedMeanwhile
  return showForm(visit, await requireApi(db, api.id), { ...typed, problem }, 409)
}

/** Keeps the scopes, made from the version that the page showed; false if somebody else was faster. */
async function keep(
  { db, form, act, announce }: Visit,
  api: Api,
  scopes: readonly ApiScope[],
): Promise<boolean> {
  const version = Number(form.fields['version'])
  if (version !== api.version) return false
  try {
    await setScopes(db, { apiId: api.id, version, scopes: [...scopes] }, act)
  } catch (error) {
    if (error instanceof Refusal && error.code === 'conflict') return false
    throw error
  }
  announce({ kind: 'api', id: api.identifier })
  return true
}

function problemsOf(
  { frame }: Visit,
  { api, scopes, name }: { readonly api: Api; readonly scopes: readonly ApiScope[]; readonly name: string },
): ScopeFormProps['problems'] {
  const parsed = scopesChange.safeParse({ apiId: api.id, version: api.version, scopes })
  const at = scopes.findIndex((scope) => scope.name === name)
  const problems: { name?: string; description?: string } = {}
  for (const { path, message } of parsed.error?.issues ?? []) {
    const member = path[1] === at && path[2] === 'description' ? 'description' : 'name'
    problems[member] ??= problemText(frame.messages, message)
  }
  return problems
}

async function showRemoval(visit: Visit, api: Api, scope: string, problem?: string): Promise<void> {
  const { db, frame, show } = visit
  const [uses, keys] = await Promise.all([
    usesOfApi(db, { apiId: api.id, scope }),
    countKeysWithScope(db, { apiId: api.id, scope }),
  ])
  const content = removeScopeContent(frame, api, { scope, uses: { ...uses, keys }, problem })
  const title = frame.messages.consoleApiScopes.remove
  show({ title, current, hasProblem: problem !== undefined, content }, problem === undefined ? 200 : 409)
}

function showForm({ frame, show }: Visit, api: Api, scope: ScopeFormProps, status = 200): void {
  const { title } = frame.messages.consoleApiScopes
  const content = scopeFormContent(frame, api, scope)
  show({ title: `${title}: ${api.name}`, current, hasProblem: status >= 400, content }, status)
}

function scopeNamed(api: Api, name: string | null | undefined): ApiScope | undefined {
  return api.scopes.find((scope) => scope.name === name)
}

const path = '/apis/:id/scopes'

/** Pages about the scopes of an API. */
export const apiScopePages: readonly ConsoleRoute[] = [
  { method: 'GET', path: `${path}/new`, needs: 'apis:write', fresh: true, handle: askNew },
  { method: 'POST', path: `${path}/new`, needs: 'apis:write', fresh: true, handle: add },
  { method: 'GET', path: `${path}/describe`, needs: 'apis:write', fresh: true, handle: askDescription },
  { method: 'POST', path: `${path}/describe`, needs: 'apis:write', fresh: true, handle: describe },
  { method: 'GET', path: `${path}/remove`, needs: 'apis:write', fresh: true, handle: askRemoval },
  { method: 'POST', path: `${path}/remove`, needs: 'apis:write', fresh: true, handle: remove },
]
