import type { Account } from '../domain/accounts/account.ts'
import { fields, formatTime, sentence } from './output.ts'
import type { Answer } from './output.ts'

/** An account for programs. */
export function accountJson(account: Account) {
  return {
    id: account.id,
    email: account.email,
    email_verified_at: account.emailVerifiedAt ?? null,
    username: account.username ?? null,
    has_password: account.hasPassword,
    password_changed_at: account.passwordChangedAt ?? null,
    claims: account.claims,
    administrator: account.administrator,
    disabled_at: account.disabledAt ?? null,
    created_at: account.createdAt,
    updated_at: account.updatedAt,
    version: account.version,
  }
}

/** The answer of every command that ends with an account. */
export function accountAnswer(account: Account, ...said: readonly string[]): Answer {
  const { email, emailVerifiedAt, claims } = account
  const verified = emailVerifiedAt === undefined ? 'not verified' : `verified ${formatTime(emailVerifiedAt)}`
  const others = Object.entries(claims).filter(([name]) => name !== 'name')
  return {
    json: accountJson(account),
    blocks: [
      ...said.map(sentence),
      fields(
        ['id', account.id],
        ['e-mail', `${email} (${verified})`],
        ['user name', account.username],
        ['name', claims.name],
        ...others.map(([name, value]) => [name, claimText(value)] as const),
        ['state', stateOfAccount(account)],
        ['password', passwordText(account)],
        ['created', account.createdAt],
        ['changed', account.updatedAt],
        ['version', account.version],
      ),
    ],
  }
}

/** Whether an account can sign in, and whether it administers. */
export function stateOfAccount({ disabledAt, administrator }: Account): string {
  const state = disabledAt === undefined ? 'enabled' : `disabled since ${formatTime(disabledAt)}`
  return administrator ? `${state}, administrator` : state
}

function passwordText({ hasPassword, passwordChangedAt }: Account): string {
  if (!hasPassword || passwordChangedAt === undefined) return 'none'
  return `set ${formatTime(passwordChangedAt)}`
}

function claimText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
