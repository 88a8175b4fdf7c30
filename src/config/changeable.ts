/**
 * The settings that can be stored in the database and changed while servers run: those that say how the installation
 * behaves. Where a server stands, what it runs on and what is secret stay with its environment, and so does what is read
 * from its disk.
 */
const changeable = [
  'BRAND_NAME',
  'BRAND_ACCENT_COLOUR',
  'BRAND_LINKS',
  'SUPPORT_URL',
  'SIGN_UP',
  'SECOND_FACTOR',
  'ADMINISTRATOR_SECOND_FACTOR',
  'ADMINISTRATOR_REMEMBERED_DEVICES',
  'SESSION_IDLE_SECONDS',
  'SESSION_LIFETIME_SECONDS',
  'REFRESH_TOKEN_LIFETIME_SECONDS',
  'ID_TOKEN_LIFETIME_SECONDS',
  'TOKEN_RATE_LIMIT',
  'LEAKED_KEY_POLICY',
  'LEAKED_KEY_GRACE_SECONDS',
  'KEY_USAGE_RETENTION_SECONDS',
  'SIGNING_KEY_ROTATE_AFTER_SECONDS',
  'SIGNING_KEY_PUBLISH_LEAD_SECONDS',
] as const

/** The name of a setting that can be changed. */
export type ChangeableName = (typeof changeable)[number]

/** Their names, in the order in which they are listed. */
export const changeableNames: readonly ChangeableName[] = changeable

/** Whether a variable of the environment is one of them. */
export function isChangeable(name: string): name is ChangeableName {
  return changeable.some((known) => known === name)
}
