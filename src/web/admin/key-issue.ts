/** Issuing an API key, in three steps; what was chosen travels in the address, and only the last step changes anything. */
import { requireMayGive } from '../../domain/administration/permissions.ts'
import { answerOnce } from '../../domain/administration/idempotency.ts'
import { findApiById, unknownApi } from '../../domain/apis/api.ts'
import type { Api } from '../../domain/apis/api.ts'
import { heldScopes } from '../../domain/apis/held-scopes.ts'
import { createApiKey, keyCeiling } from '../../domain/api-keys/create.ts'
import type { CreatedKey } from '../../domain/api-keys/create.ts'
import { newApiKey, parseApiKeyInput } from '../../domain/api-keys/input.ts'
import { Refusal } from '../../platform/errors.ts'
import type { RefusalCode } from '../../platform/errors.ts'
import {
  alreadyIssuedContent,
  chooseApiContent,
  chooseOwnerContent,
  issueContent,
} from '../../../views/admin/key-issue-page.ts'
import type { OfferedApi } from '../../../views/admin/key-issue-page.ts'
import type { KeyFieldsProps, KeyFormProblems, KeyFormValues } from '../../../views/admin/key-form.ts'
import { keySecretContent } from '../../../views/admin/key-secret-page.ts'
import type { ShownOwner } from '../../../views/admin/key-parts.ts'
import { emptyKeyForm, readKeyForm } from './key-form.ts'
import type { KeySettings } from './key-form.ts'
import { requireOwner, searchOwners } from './key-owners.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const current = '/admin/keys'

async function issue(visit: Visit): Promise<void> {
  const { db, query } = visit
  const ownerText = query.get('owner')
  if (ownerText === null) return chooseOwner(visit)
  const owner = await requireOwner(db, ownerText)
  const apiId = query.get('api')
  if (apiId === null) return chooseApi(visit, owner)
  const api = await requireChosenApi(visit, apiId)
  const fields = await fieldsFor(visit, { owner, api, values: emptyKeyForm })
  return showForm(visit, { owner, api, fields, once: visit.rooms.newId('form') })
}

async function chooseOwner(visit: Visit): Promise<void> {
  const { query, held, frame, show } = visit
  const search = (query.get('search') ?? '').trim()
  const content = chooseOwnerContent(frame, {
    search,
    owners: search === '' ? [] : await searchOwners(visit, search),
    maySearch: held.has('accounts:read') || held.has('clients:read'),
  })
  show({ title: frame.messages.consoleKeyForm.issueTitle, current, content })
}

async function chooseApi({ db, frame, show }: Visit, owner: ShownOwner): Promise<void> {
  const apis: OfferedApi[] = []
  for (const [apiId, scopes] of Map.groupBy(await heldScopes(db, owner), (each) => each.apiId)) {
    const api = await findApiById(db, apiId)
    if (api === undefined) continue
    const { id, name, identifier, disabledAt } = api
    apis.push({ id, name, identifier, isDisabled: disabledAt !== undefined, scopes: scopes.length })
  }
  const content = chooseApiContent(frame, { owner, apis })
  show({ title: frame.messages.consoleKeyForm.issueTitle, current, content })
}

async function requireChosenApi({ db }: Visit, id: string): Promise<Api> {
  const api = await findApiById(db, id)
  if (api === undefined) throw unknownApi()
  return api
}

interface Chosen {
  readonly owner: ShownOwner
  readonly api: Api
}

/** What the owner holds at this moment can be ticked; for everything else the API has, it is said why not. */
async function fieldsFor(
  { db, frame }: Visit,
  asked: Chosen & { readonly values: KeyFormValues; readonly problems?: KeyFormProblems },
): Promise<KeyFieldsProps> {
  const { owner, api, values, problems = {} } = asked
  const { notHeld, apiDisabled } = frame.messages.consoleKeyForm
  const ceiling = await keyCeiling(db, { owner, apiId: api.id })
  const why = api.disabledAt === undefined ? notHeld : apiDisabled
  return {
    values,
    problems,
    offered: api.scopes.filter(({ name }) => ceiling.has(name)),
    withheld: api.scopes
      .filter(({ name }) => !ceiling.has(name))
      .map((scope) => ({ ...scope, why, isHeldByKey: false })),
  }
}

function showForm(
  { frame, show }: Visit,
  props: Chosen & { readonly fields: KeyFieldsProps; readonly once: string; readonly problem?: string },
  status?: number,
): void {
  const hasProblem = props.problem !== undefined || Object.keys(props.fields.problems).length > 0
  const title = frame.messages.consoleKeyForm.issueTitle
  show({ title, current, hasProblem, content: issueContent(frame, props) }, status)
}

async function make(visit: Visit): Promise<void> {
  const { db, form, frame, now, leadTo } = visit
  const { owner: ownerText, api: apiId, once } = form.fields
  if (ownerText === undefined || apiId === undefined || once === undefined) return leadTo(`${current}/new`)
  const chosen = { owner: await requireOwner(db, ownerText), api: await requireChosenApi(visit, apiId) }
  const read = readKeyForm(form, { messages: frame.messages, now, mayKeep: false })
  const again = async (problems: KeyFormProblems, problem?: string, status = 400): Promise<void> => {
    const fields = await fieldsFor(visit, { ...chosen, values: read.values, problems })
    return showForm(visit, { ...chosen, fields, once, ...(problem !== undefined && { problem }) }, status)
  }
  if (read.settings === undefined) return again(read.problems)
  try {
    return await makeOnce(visit, { ...chosen, once, settings: read.settings })
  } catch (error) {
    const told = error instanceof Refusal ? refusedSentences(visit, error.code) : undefined
    if (told === undefined) throw error
    return again(told.problems, told.problem, error instanceof Refusal ? error.status : 400)
  }
}

/** What a room refused, in the words of the form. */
function refusedSentences(
  { frame }: Visit,
  code: RefusalCode,
): { readonly problems: KeyFormProblems; readonly problem?: string } | undefined {
  const { scopesBeyondProblem, ownerRefused, beyondYou } = frame.messages.consoleKeyForm
  if (code === 'invalid_scope') return { problems: { scopes: scopesBeyondProblem } }
  if (code === 'conflict') return { problems: {}, problem: ownerRefused }
  return code === 'forbidden' ? { problems: {}, problem: beyondYou } : undefined
}

/** A form that is sent again, by a reload or a second click, makes no second key; and the secret is shown to nobody twice. */
async function makeOnce(
  visit: Visit,
  order: Chosen & { readonly once: string; readonly settings: KeySettings },
): Promise<void> {
  const { db, rooms, session, held, act, frame, show, announce } = visit
  const { owner, api, once, settings } = order
  const { expiresAt, ...same } = settings
  const key = parseApiKeyInput(newApiKey, {
    ...same,
    apiId: api.id,
    owner: { type: owner.type, id: owner.id },
    ...(expiresAt instanceof Date && { expiresAt }),
  })
  requireMayGive(held, key)
  let made: CreatedKey | undefined
  const caller = `console:${session.accountId}`
  const { answer } = await answerOnce(
    { db, seal: rooms.seal },
    { caller, key: once, request: 'issue an API key' },
    act,
    async (trx) => {
      made = await createApiKey(trx, { making: rooms.keyMaking, key }, act)
      // Only the id is kept: the secret is in this answer and nowhere else.
      return { status: 201, headers: {}, body: made.key.id }
    },
  )
  if (made === undefined) {
    const title = frame.messages.consoleKeyForm.alreadyTitle
    return show({ title, current, content: alreadyIssuedContent(frame, answer.body) }, 409)
  }
  announce({ kind: 'api_key', id: made.key.id })
  showSecret(visit, { made, api })
}

/** Shows the secret of a key, this once. */
export function showSecret(
  { frame, rooms, show }: Visit,
  shown: { readonly made: CreatedKey; readonly api: Api | undefined; readonly olderUntil?: Date | 'now' },
): void {
  const { made, api, olderUntil } = shown
  const { id, name, apiIdentifier, expiresAt, allowedAddresses } = made.key
  const texts = frame.messages.consoleKeyForm
  const content = keySecretContent(frame, {
    id,
    name,
    apiIdentifier,
    olderUntil,
    text: made.text,
    issuer: rooms.issuer,
    introspectorId: api?.introspectorIds[0],
    callerAddress: allowedAddresses[0]?.split('/')[0],
    neverEnds: expiresAt === undefined,
  })
  show({ title: olderUntil === undefined ? texts.madeTitle : texts.rotatedTitle, current, content })
}

/** The pages that make keys; a key is made only by somebody who signed in a moment ago (ASVS 7.5.3). */
export const keyIssuePages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/keys/new', needs: 'keys:write', fresh: true, handle: issue },
  { method: 'POST', path: '/keys/new', needs: 'keys:write', fresh: true, handle: make },
]
