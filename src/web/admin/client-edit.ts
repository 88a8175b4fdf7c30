/** Registering and changing clients. */
import { requireMayChange } from '../../domain/administration/permissions.ts'
import { requireClient } from '../../domain/clients/client.ts'
import type { Client } from '../../domain/clients/client.ts'
import { createClient, parseNewClient } from '../../domain/clients/create.ts'
import { clientTypes } from '../../domain/clients/kinds.ts'
import type { ClientType } from '../../domain/clients/kinds.ts'
import { changeClient } from '../../domain/clients/lifecycle.ts'
import { refuseOwnClient } from '../../domain/clients/own-clients.ts'
import { addSecret } from '../../domain/clients/secret.ts'
import { randomSecret } from '../../platform/crypto/random.ts'
import { inTransaction } from '../../platform/db/transaction.ts'
import { Refusal } from '../../platform/errors.ts'
import { chooseClientTypeContent, clientFormContent } from '../../../views/admin/client-form-page.ts'
import { problemText } from '../../../views/messages/problems.ts'
import type { ClientFormProps } from '../../../views/admin/client-form-fields.ts'
import { shownSecretContent } from '../../../views/admin/client-secret-pages.ts'
import { readClientForm, shownType, typeNamed, valuesOfClient, valuesOfType } from './client-form.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const listPath = '/admin/clients'

function showNew(visit: Visit): void {
  const { frame, query, show } = visit
  const type = typeNamed(query.get('type'))
  if (type !== undefined) return showForm(visit, blank(type))
  const title = frame.messages.consoleClients.chooseType
  return show({ title, current: listPath, content: chooseClientTypeContent(frame) })
}

async function create(visit: Visit): Promise<void> {
  const { db, form, frame, rooms, act, announce, show, leadTo } = visit
  const type = typeNamed(form.fields['type'])
  if (type === undefined) return leadTo('/admin/clients/new')
  const typed = typedForm(visit, { type, client: undefined })
  const read = readClientForm(form, type, frame.messages)
  if (read.problems !== undefined) return showForm(visit, { ...typed, problems: read.problems }, 400)
  const wanted = form.fields['id']?.trim() ?? ''
  const id = wanted === '' ? rooms.newId('client') : wanted
  const { token_endpoint_auth_method: method } = read.metadata
  const secret = method.startsWith('client_secret_') ? randomSecret() : undefined
  try {
    const client = parseNewClient({ id, metadata: read.metadata, settings: read.settings })
    await inTransaction(db, async (trx) => {
      await createClient(trx, client, act)
      if (secret !== undefined) {
        await addSecret(trx, { clientId: id, secretId: rooms.newId('secret'), secret }, act)
      }
    })
  } catch (error) {
    return refused(visit, typed, error)
  }
  announce({ kind: 'client', id })
  if (secret === undefined) return leadTo(`/admin/clients/${id}`, 'created')
  const owner = { id, name: read.metadata.client_name }
  return show({ title: owner.name, current: listPath, content: shownSecretContent(frame, owner, secret) })
}

async function showChange(visit: Visit): Promise<void> {
  const client = await changeable(visit)
  showForm(visit, {
    type: shownType(client),
    values: valuesOfClient(client),
    grants: client.metadata.grant_types,
    problems: {},
    problem: undefined,
    client: { id: client.id, name: client.name, version: client.version, isStale: false },
  })
}

async function change(visit: Visit): Promise<void> {
  const { db, form, frame, act, announce, leadTo } = visit
  const client = await changeable(visit)
  const { id } = client
  const version = Number(form.fields['version'])
  if (!Number.isInteger(version)) return leadTo(`/admin/clients/${id}/change`)
  const shown = { id, name: client.name, version, isStale: false }
  const typed = typedForm(visit, { type: shownType(client), client: shown })
  const read = readClientForm(form, client.metadata, frame.messages)
  if (read.problems !== undefined) return showForm(visit, { ...typed, problems: read.problems }, 400)
  if (version !== client.version) return stale(visit, typed, client)
  try {
    await changeClient(db, { ...read.settings, id, version, metadata: read.metadata }, act)
  } catch (error) {
    if (error instanceof Refusal && error.code === 'conflict') {
      return stale(visit, typed, await requireClient(db, id))
    }
    return refused(visit, typed, error)
  }
  announce({ kind: 'client', id })
  return leadTo(`/admin/clients/${id}`, 'saved')
}

/** The form as it was typed, ready to be sent once more by somebody who has looked at what it is now. */
function stale(visit: Visit, typed: ClientFormProps, { id, name, version }: Client): void {
  const problem = visit.frame.messages.console.changedMeanwhile
  showForm(visit, { ...typed, problem, client: { id, name, version, isStale: true } }, 409)
}

function refused(visit: Visit, typed: ClientFormProps, error: unknown): void {
  if (!(error instanceof Refusal)) throw error
  const problem = problemText(visit.frame.messages, error.message)
  showForm(visit, { ...typed, problem }, error.status)
}

/** A client that may be changed by whoever is here. */
export async function changeable({ db, params, held }: Visit): Promise<Client> {
  const client = await requireClient(db, params['id'] ?? '')
  refuseOwnClient(client.id)
  await requireMayChange(db, held, { type: 'client', id: client.id })
  return client
}

function typedForm(
  { form }: Visit,
  { type, client }: Pick<ClientFormProps, 'type' | 'client'>,
): ClientFormProps {
  return {
    type,
    client,
    values: { ...form.fields },
    grants: form.all('grant_types'),
    problems: {},
    problem: undefined,
  }
}

function blank(type: ClientType): ClientFormProps {
  return {
    type,
    values: valuesOfType(type),
    grants: clientTypes[type].grant_types,
    problems: {},
    problem: undefined,
    client: undefined,
  }
}

function showForm({ frame, show }: Visit, props: ClientFormProps, status = 200): void {
  const { consoleClientForm: texts, consoleClients } = frame.messages
  const title =
    props.client === undefined
      ? `${consoleClients.create}: ${consoleClients[props.type]}`
      : `${texts.basics}: ${props.client.name}`
  const hasProblem = status >= 400
  show({ title, current: listPath, hasProblem, content: clientFormContent(frame, props) }, status)
}

/** Pages that register and change clients. */
export const clientEditPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/clients/new', needs: 'clients:write', fresh: true, handle: showNew },
  { method: 'POST', path: '/clients/new', needs: 'clients:write', fresh: true, handle: create },
  { method: 'GET', path: '/clients/:id/change', needs: 'clients:write', fresh: true, handle: showChange },
  { method: 'POST', path: '/clients/:id/change', needs: 'clients:write', fresh: true, handle: change },
]
