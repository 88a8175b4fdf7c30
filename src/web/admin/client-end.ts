/** Disabling, enabling and deleting clients. */
import { countKeys } from '../../domain/api-keys/count.ts'
import type { Client } from '../../domain/clients/client.ts'
import { enableClient } from '../../domain/clients/lifecycle.ts'
import { countPeopleOfClient } from '../../oidc/grant-count.ts'
import { deleteClientWithAll, disableClientWithAll } from '../../oidc/lifecycle.ts'
import { clientEndContent } from '../../../views/admin/client-end-pages.ts'
import type { ClientEnd } from '../../../views/admin/client-end-pages.ts'
import { changeable } from './client-edit.ts'
import type { ConsoleRoute, DoneCode, Visit } from './route.ts'

const asks = (how: ClientEnd) => async (visit: Visit) => {
  const { db, now, frame, show } = visit
  const { id, name } = await changeable(visit)
  const [people, keys] = await Promise.all([
    countPeopleOfClient(db, id, now),
    countKeys(db, { owner: { type: 'client', id } }),
  ])
  const content = clientEndContent(frame, how, { id, name, people, keys })
  show({ title: `${frame.messages.consoleClientEnd[how]}: ${name}`, current: '/admin/clients', content })
}

const does =
  (how: ClientEnd, end: (visit: Visit, client: Client) => Promise<unknown>, done: DoneCode) =>
  async (visit: Visit) => {
    const { form, leadTo, announce } = visit
    const client = await changeable(visit)
    if (form.fields['confirmed'] !== 'yes') return leadTo(`/admin/clients/${client.id}/${how}`)
    await end(visit, client)
    announce({ kind: 'client', id: client.id })
    return leadTo(how === 'delete' ? '/admin/clients' : `/admin/clients/${client.id}`, done)
  }

const disable = ({ db, act }: Visit, { id }: Client) => disableClientWithAll(db, id, act)

const remove = ({ db, act }: Visit, { id }: Client) => deleteClientWithAll(db, id, act)

const enable = ({ db, act }: Visit, { id }: Client) => enableClient(db, id, act)

/** Pages that stop clients, and let them go on. */
export const clientEndPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/clients/:id/disable', needs: 'clients:write', handle: asks('disable') },
  {
    method: 'POST',
    path: '/clients/:id/disable',
    needs: 'clients:write',
    handle: does('disable', disable, 'disabled'),
  },
  { method: 'GET', path: '/clients/:id/enable', needs: 'clients:write', handle: asks('enable') },
  {
    method: 'POST',
    path: '/clients/:id/enable',
    needs: 'clients:write',
    handle: does('enable', enable, 'enabled'),
  },
  { method: 'GET', path: '/clients/:id/delete', needs: 'clients:write', fresh: true, handle: asks('delete') },
  {
    method: 'POST',
    path: '/clients/:id/delete',
    needs: 'clients:write',
    fresh: true,
    handle: does('delete', remove, 'deleted'),
  },
]
