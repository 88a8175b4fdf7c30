/** What can be an id in a path, a query or a body. Whatever cannot is told as what is not there. */
import { z } from 'zod'

const idOf = (description: string) =>
  z
    .string()
    .regex(/^[\w.~-]{1,100}$/, 'is not an id')
    .describe(description)

/** The id of an account. */
export const accountIdText = idOf('The id of an account.')
/** A second factor of an account. */
export const factorText = idOf('`authenticator-app`, `recovery-codes`, or the id of a passkey.')
/** The id of a client. */
export const clientIdText = idOf('The id of a client.')
/** The id of an API. */
export const apiIdText = idOf('The id of an API.')
/** The id of a role. */
export const roleIdText = idOf('The id of a role.')
/** The id of an invitation. */
export const invitationIdText = idOf('The id of an invitation.')
/** The id of a client secret. */
export const secretIdText = idOf('The id of a client secret.')
/** The id of a session or grant. */
export const sessionIdText = idOf('The id of a session or grant.')
/** The id of an account or client. */
export const ownerIdText = idOf('The id of an account or client.')
/** The public id of an API key. */
export const keyIdText = z
  .string()
  .regex(/^[0-9A-Za-z]{12}$/, 'is not the id of an API key')
  .describe('The public id of an API key.')
/** A search by the beginning of a name. */
export const searchText = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'has control characters')
  .describe('Finds what begins with this, in any case, by name; or a whole id.')
/** A yes or no in a query. */
export const truthText = z.enum(['true', 'false']).transform((text) => text === 'true')
