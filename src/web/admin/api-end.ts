/** Disabling, enabling and deleting APIs. */
import { deleteApi, disableApi, enableApi } from '../../domain/apis/lifecycle.ts'
import { usesOfApi } from '../../domain/apis/uses.ts'
import { countKeys } from '../../domain/api-keys/count.ts'
import { apiEndContent } from '../../../views/admin/api-end-pages.ts'
import type { ApiEnd } from '../../../views/admin/api-end-pages.ts'
import { changeable } from './api-edit.ts'
import type { ConsoleRoute, DoneCode, Visit } from './route.ts'

const current = '/admin/apis'

const asks = (how: ApiEnd) => async (visit: Visit) => {
  const { db, frame, show } = visit
  const { id, name } = await changeable(visit)
  const [uses, keys] = await Promise.all([usesOfApi(db, { apiId: id }), countKeys(db, { apiId: id })])
  const content = apiEndContent(frame, how, { id, name, ...uses, keys })
  show({ title: `${frame.messages.consoleApiEnd[how]}: ${name}`, current, content })
}

const does =
  (how: ApiEnd, end: typeof disableApi | typeof deleteApi, done: DoneCode) => async (visit: Visit) => {
    const { db, form, act, announce, leadTo } = visit
    const { id, identifier } = await changeable(visit)
    if (form.fields['confirmed'] !== 'yes') return leadTo(`${current}/${id}/${how}`)
    await end(db, id, act)
    announce({ kind: 'api', id: identifier })
    return leadTo(how === 'delete' ? current : `${current}/${id}`, done)
  }

const path = '/apis/:id'

/** Pages that stop APIs, and let them go on. */
export const apiEndPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: `${path}/disable`, needs: 'apis:write', handle: asks('disable') },
  {
    method: 'POST',
    path: `${path}/disable`,
    needs: 'apis:write',
    handle: does('disable', disableApi, 'disabled'),
  },
  { method: 'GET', path: `${path}/enable`, needs: 'apis:write', handle: asks('enable') },
  {
    method: 'POST',
    path: `${path}/enable`,
    needs: 'apis:write',
    handle: does('enable', enableApi, 'enabled'),
  },
  { method: 'GET', path: `${path}/delete`, needs: 'apis:write', fresh: true, handle: asks('delete') },
  {
    method: 'POST',
    path: `${path}/delete`,
    needs: 'apis:write',
    fresh: true,
    handle: does('delete', deleteApi, 'deleted'),
  },
]
