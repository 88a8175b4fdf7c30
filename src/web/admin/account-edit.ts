/** Making and changing accounts. */
import type { Account } from '../../domain/accounts/account.ts'
import { changeAccount } from '../../domain/accounts/change.ts'
import { createAccount } from '../../domain/accounts/create.ts'
import { minimumPasswordLengthFor } from '../../domain/accounts/password.ts'
import type { NewPasswordProblem } from '../../domain/accounts/password-range.ts'
import { Refusal } from '../../platform/errors.ts'
import { changeAccountContent, newAccountContent } from '../../../views/admin/account-form.ts'
import type { AccountFieldProblems, InviteProps } from '../../../views/admin/account-form.ts'
import { changeOf, claimsWith, readAccount } from './account-fields.ts'
import type { ReadAccount } from './account-fields.ts'
import { requireChangeableAccount } from './account-of-page.ts'
import { rolesToGive } from './roles-to-give.ts'
import type { ConsoleRoute, Visit } from './route.ts'

const current = '/admin/accounts'
const minimumLength = minimumPasswordLengthFor({ secondFactorEnforced: false })

/** The page of new accounts; a form that was refused is shown as it was typed. */
export async function showNew(
  visit: Visit,
  {
    read = readAccount({ fields: {}, all: () => [] }),
    problems = {},
    passwordProblem,
    invite = {},
  }: {
    readonly read?: ReadAccount
    readonly problems?: AccountFieldProblems
    readonly passwordProblem?: NewPasswordProblem | undefined
    readonly invite?: Partial<Pick<InviteProps, 'email' | 'problem' | 'role'>>
  } = {},
): Promise<void> {
  const { frame, show, rooms } = visit
  const hasProblem =
    Object.keys(problems).length > 0 || passwordProblem !== undefined || invite.problem !== undefined
  const content = newAccountContent(frame, {
    typed: read.typed,
    problems,
    minimumLength,
    passwordProblem,
    invite: {
      mailIsSent: rooms.mailIsSent,
      roles: await rolesToGive(visit),
      email: '',
      problem: undefined,
      role: '',
      ...invite,
    },
  })
  show(
    { title: frame.messages.consoleAccounts.newTitle, current, hasProblem, content },
    hasProblem ? 400 : 200,
  )
}

async function create(visit: Visit): Promise<void> {
  const { db, form, rooms, act, announce, leadTo } = visit
  const read = readAccount(form)
  if (Object.keys(read.problems).length > 0) return showNew(visit, { read, problems: read.problems })
  const { email, emailVerified, username } = read
  const password = form.fields['password'] ?? ''
  const names = { email, username, contextWords: rooms.contextWords() }
  const passwordProblem = password === '' ? undefined : await rooms.judgeNewPassword(password, names)
  if (passwordProblem !== undefined) return showNew(visit, { read, passwordProblem })
  const created = await createAccount(
    db,
    {
      id: rooms.newId('acc'),
      account: { email, emailVerified, username, claims: claimsWith({}, read) },
      passwordHash: password === '' ? undefined : await rooms.hasher.hash(password),
      passwordTemporary: true,
    },
    act,
  )
  if (created.outcome !== 'created') return showNew(visit, { read, problems: takenField(created.outcome) })
  announce({ kind: 'account', id: created.account.id })
  leadTo(`${current}/${created.account.id}`, 'created')
}

async function showChange(visit: Visit): Promise<void> {
  const account = await requireChangeableAccount(visit)
  const { email, username = '', claims } = account
  const { name = '', locale = '' } = claims
  const typed = { email, emailVerified: account.emailVerifiedAt !== undefined, username, name, locale }
  showForm(visit, account, { typed, problems: {}, version: account.version })
}

async function change(visit: Visit): Promise<void> {
  const { db, form, act, announce, leadTo } = visit
  const account = await requireChangeableAccount(visit)
  const { id } = account
  const read = readAccount(form)
  const version = /^\d{1,9}$/.test(form.fields['version'] ?? '') ? Number(form.fields['version']) : 0
  const again = { typed: read.typed, version }
  if (Object.keys(read.problems).length > 0)
    return showForm(visit, account, { ...again, problems: read.problems })
  const outcome = await changeAccount(db, { id, version, change: changeOf(account, read) }, act)
  switch (outcome.outcome) {
    case 'changed':
      announce({ kind: 'account', id })
      return leadTo(`${current}/${id}`, 'saved')
    case 'version_conflict':
      // The form now carries the present version: whoever sends it again has been told.
      return showForm(visit, account, {
        typed: read.typed,
        problems: {},
        version: account.version,
        isChangedMeanwhile: true,
      })
    case 'not_found':
      throw new Refusal('not_found', 'There is no such account.')
    default:
      return showForm(visit, account, { ...again, problems: takenField(outcome.outcome) })
  }
}

function showForm(
  { frame, show }: Visit,
  account: Account,
  form: Omit<Parameters<typeof changeAccountContent>[1], 'account' | 'isChangedMeanwhile'> & {
    readonly isChangedMeanwhile?: boolean
  },
): void {
  const { isChangedMeanwhile = false, problems } = form
  const hasProblem = isChangedMeanwhile || Object.keys(problems).length > 0
  const content = changeAccountContent(frame, { ...form, account, isChangedMeanwhile })
  const status = isChangedMeanwhile ? 409 : hasProblem ? 400 : 200
  show({ title: frame.messages.consoleAccounts.change, current, hasProblem, content }, status)
}

function takenField(taken: 'email_taken' | 'username_taken'): AccountFieldProblems {
  return taken === 'email_taken' ? { email: 'emailTaken' } : { username: 'usernameTaken' }
}

/** The pages that make and change accounts. */
export const accountEditPages: readonly ConsoleRoute[] = [
  {
    method: 'GET',
    path: '/accounts/new',
    needs: 'accounts:write',
    fresh: true,
    handle: (visit) => showNew(visit),
  },
  { method: 'POST', path: '/accounts/new', needs: 'accounts:write', fresh: true, handle: create },
  { method: 'GET', path: '/accounts/:id/change', needs: 'accounts:write', fresh: true, handle: showChange },
  { method: 'POST', path: '/accounts/:id/change', needs: 'accounts:write', fresh: true, handle: change },
]
