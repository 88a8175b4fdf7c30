/**
 * What would happen: an administrator pastes a credential and sees what introspection would answer, and why. The credential
 * comes in the body of a form, is looked at once, and is neither kept, logged nor shown again.
 */
import { findApi, findApiById, listApis } from '../../domain/apis/api.ts'
import { readQuestion } from '../../domain/credentials/introspect.ts'
import { normalAddress } from '../../platform/http/ip-address.ts'
import { explainedContent } from '../../../views/admin/explain-answer-page.ts'
import { explainFormContent } from '../../../views/admin/explain-page.ts'
import type { ExplainProblems, ExplainValues } from '../../../views/admin/explain-page.ts'
import { shownExplanation } from '../shown-explanation.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const current = '/admin/explain'
const mostChoices = 100
const nothing: ExplainValues = { scope: '', address: '', cost: '', api: '' }

async function askCredential(visit: Visit): Promise<void> {
  // An API in the address is no secret; a credential is never read from there.
  await showForm(visit, { values: { ...nothing, api: visit.query.get('api') ?? '' } })
}

async function showForm(
  { db, frame, show }: Visit,
  form: { readonly values: ExplainValues; readonly problems?: ExplainProblems },
): Promise<void> {
  const { items } = await listApis(db, { limit: mostChoices })
  const content = explainFormContent(frame, { ...form, apis: items.map(({ identifier }) => identifier) })
  const hasProblem = form.problems !== undefined
  show({ title: frame.messages.consoleExplain.title, current, hasProblem, content }, hasProblem ? 400 : 200)
}

async function explainCredential(visit: Visit): Promise<void> {
  const { db, form, frame, rooms, show } = visit
  // White space around it comes with copying, and is part of no credential.
  const credential = (form.fields['credential'] ?? '').trim()
  const values = valuesOf(form.fields)
  const { consoleExplain: texts } = frame.messages
  const { parseQuery } = rooms
  const question = readQuestion(
    { required_scope: given(values.scope), client_ip: given(values.address), cost: given(values.cost) },
    parseQuery,
  )
  const api =
    values.api === '' ? undefined : ((await findApi(db, values.api)) ?? (await findApiById(db, values.api)))
  const problems: ExplainProblems = {
    ...(credential === '' && { credential: texts.credentialProblem }),
    ...(values.scope !== '' && parseQuery(values.scope) === undefined && { scope: texts.scopeProblem }),
    ...(values.address !== '' &&
      normalAddress(values.address) === undefined && { address: texts.addressProblem }),
    ...(values.api !== '' && api === undefined && { api: texts.apiProblem }),
  }
  const costProblem = question === undefined && problems.scope === undefined && problems.address === undefined
  if (question === undefined || Object.keys(problems).length > 0) {
    return showForm(visit, {
      values,
      problems: { ...problems, ...(costProblem && { cost: texts.costProblem }) },
    })
  }
  const explanation = await rooms.explain({ credential, ...question, requirement: given(values.scope), api })
  const content = explainedContent(frame, await shownExplanation(db, explanation))
  show({ title: explanation.accepted ? texts.accepted : texts.refused, current, content })
}

function valuesOf(fields: Readonly<Record<string, string>>): ExplainValues {
  const member = (name: string) => (fields[name] ?? '').trim()
  return { scope: member('scope'), address: member('address'), cost: member('cost'), api: member('api') }
}

function given(text: string): string | undefined {
  return text === '' ? undefined : text
}

/** The pages that explain. They tell what no API is told, so they are for whoever may see keys. */
export const explainPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/explain', needs: 'keys:read', handle: askCredential },
  { method: 'POST', path: '/explain', needs: 'keys:read', handle: explainCredential },
]
