/** People: how they come in, prove themselves, choose passwords and get mail. */
import { z } from 'zod'
import { readSmtpUrl } from '../platform/mail/smtp-url.ts'
import { count, flag, serviceUrl } from './kinds.ts'

/** Its variables. */
export const peopleVariables = {
  SIGN_UP: z.enum(['open', 'invitation', 'closed']).default('closed'),
  SECOND_FACTOR: z.enum(['optional', 'required']).default('optional'),
  ADMINISTRATOR_SECOND_FACTOR: z.enum(['required', 'optional']).default('required'),
  ADMINISTRATOR_REMEMBERED_DEVICES: flag,
  ARGON2_MEMORY_KIBIBYTES: count(19456, 8, 4 * 1024 * 1024),
  ARGON2_ITERATIONS: count(2, 1, 100),
  PASSWORD_HASHES_AT_ONCE: count(2, 1, 64),
  PASSWORD_HASHES_WAITING: count(100, 0, 10_000),
  PASSWORD_RANGE_URL: serviceUrl,
  SMTP_URL: z.string().optional(),
  MAIL_FROM: z.email().optional(),
}

type PeopleEnvironment = z.output<z.ZodObject<typeof peopleVariables>>

/** What they say. */
export function peopleSettings(env: PeopleEnvironment) {
  return {
    argon2: {
      memoryKibibytes: env.ARGON2_MEMORY_KIBIBYTES,
      iterations: env.ARGON2_ITERATIONS,
      parallelism: 1,
    },
    passwordHashesAtOnce: env.PASSWORD_HASHES_AT_ONCE,
    passwordHashesWaiting: env.PASSWORD_HASHES_WAITING,
    passwordRangeUrl: env.PASSWORD_RANGE_URL,
    /** Where mails are handed to; undefined if nowhere. */
    smtp: env.SMTP_URL === undefined ? undefined : readSmtpUrl(env.SMTP_URL),
    mailFrom: env.MAIL_FROM,
  }
}

/** What they say that can change while the server runs. */
export function peoplePolicy(env: PeopleEnvironment) {
  return {
    signUp: env.SIGN_UP,
    secondFactor: {
      everybody: env.SECOND_FACTOR,
      administrators: env.ADMINISTRATOR_SECOND_FACTOR,
      administratorsMayRememberDevices: env.ADMINISTRATOR_REMEMBERED_DEVICES,
    },
  }
}

/** What is wrong with them. None repeats the mail server's address, which may hold a password. */
export function peopleProblems(
  env: PeopleEnvironment,
  { production }: { readonly production: boolean },
): string[] {
  const { SMTP_URL: smtpUrl, MAIL_FROM: mailFrom, SIGN_UP: signUp } = env
  const problems: string[] = []
  if (production && (env.ARGON2_MEMORY_KIBIBYTES < 19456 || env.ARGON2_ITERATIONS < 2)) {
    problems.push(
      'ARGON2_MEMORY_KIBIBYTES, ARGON2_ITERATIONS: below 19456 and 2 passwords are too cheap to guess',
    )
  }
  if (smtpUrl !== undefined && readSmtpUrl(smtpUrl) === undefined) {
    problems.push('SMTP_URL: must be smtp:// or smtps:// with a host, and no path or query')
  }
  if (smtpUrl !== undefined && mailFrom === undefined) {
    problems.push('MAIL_FROM: is required with SMTP_URL, for example login@example.com')
  }
  if (production && smtpUrl === undefined && signUp !== 'closed') {
    problems.push('SMTP_URL: is required with SIGN_UP=open and SIGN_UP=invitation, whose links are mailed')
  }
  return problems
}
