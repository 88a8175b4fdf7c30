/** The command line offers what the console does: every form of the console names the command that does the same. */
import { expect, test } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { consolePages } from '../../src/web/admin/pages.ts'

/** What the form at a path of the console does, as commands. Several where one form does what several commands do. */
const doneBy: Readonly<Record<string, readonly string[]>> = {
  '/signing-keys/rotate': ['keys rotate'],
  '/keys/new': ['api-keys create'],
  '/keys/:id/change': ['api-keys change'],
  '/keys/:id/rotate': ['api-keys rotate'],
  '/keys/:id/end-rotation': ['api-keys end-rotation'],
  '/keys/:id/disable': ['api-keys disable'],
  '/keys/:id/enable': ['api-keys enable'],
  '/keys/:id/revoke': ['api-keys revoke'],
  '/keys/:id/delete': ['api-keys delete'],
  '/hygiene/apply': ['api-keys apply-proposal'],
  '/hygiene/undo': ['api-keys undo-proposal'],
  '/explain': ['explain'],
  '/clients/new': ['clients create'],
  '/clients/:id/change': ['clients change'],
  '/clients/:id/secrets/new': ['clients secrets add'],
  '/clients/:id/secrets/:secret/expire': ['clients secrets expire'],
  '/clients/:id/secrets/:secret/revoke': ['clients secrets revoke'],
  '/clients/:id/permissions/:api': ['permissions give', 'permissions withdraw'],
  '/clients/:id/disable': ['clients disable'],
  '/clients/:id/enable': ['clients enable'],
  '/clients/:id/delete': ['clients delete'],
  '/apis/new': ['apis create'],
  '/apis/:id/change': ['apis change'],
  '/apis/:id/scopes/new': ['apis scopes add'],
  '/apis/:id/scopes/describe': ['apis scopes add'],
  '/apis/:id/scopes/remove': ['apis scopes remove'],
  '/apis/:id/introspectors': ['apis introspectors add'],
  '/apis/:id/introspectors/remove': ['apis introspectors remove'],
  '/apis/:id/disable': ['apis disable'],
  '/apis/:id/enable': ['apis enable'],
  '/apis/:id/delete': ['apis delete'],
  '/audit/export': ['audit export'],
  '/settings/:group/change': ['settings set', 'settings reset'],
  '/incident/:kind/:id': [
    'accounts end-everything',
    'clients end-everything',
    'apis end-everything',
    'api-keys end-everything',
  ],
  '/sessions/:id/end': ['sessions end'],
  '/grants/:id/end': ['grants end'],
  '/accounts/:id/end-sessions': ['accounts end-sessions'],
  '/apis/:id/roles/new': ['roles create'],
  '/roles/:id/change': ['roles change'],
  '/roles/:id/delete': ['roles delete'],
  '/roles/:id/add': ['roles give'],
  '/roles/:id/members/:type/:owner/remove': ['roles withdraw'],
  '/accounts/new': ['accounts create'],
  '/accounts/:id/change': ['accounts change'],
  '/accounts/:id/disable': ['accounts disable'],
  '/accounts/:id/enable': ['accounts enable'],
  '/accounts/:id/delete': ['accounts delete'],
  '/accounts/:id/reset-password': ['accounts reset-password'],
  '/accounts/:id/give-up-password': ['accounts give-up-password'],
  '/accounts/:id/remove-factors': ['accounts remove-second-factors'],
  '/accounts/:id/factors/:factor/remove': ['accounts remove-second-factor'],
  '/accounts/:id/permissions/:api': ['permissions give', 'permissions withdraw'],
  '/invitations': ['accounts invite'],
  '/invitations/:id/send': ['invitations resend'],
  '/invitations/:id/withdraw': ['invitations withdraw'],
}

test('every form of the console names the commands that do the same, and there are such commands', () => {
  const forms = consolePages.flatMap(({ method, path }) => (method === 'POST' ? [path] : []))
  expect(Object.keys(doneBy).toSorted()).toEqual(forms.toSorted())
  const known = commands.map(({ words }) => words.join(' '))
  expect(Object.values(doneBy).flatMap((named) => named.filter((line) => !known.includes(line)))).toEqual([])
})

test('a credential is read from standard input: as an argument `ps` and the history of the shell would have it', () => {
  const explain = commands.find(({ words }) => words.join(' ') === 'explain')
  expect(explain?.arguments).toEqual({})
})
