/** The groups that settings are shown in. */
export type SettingGroup = 'reach' | 'brand' | 'people' | 'tokens' | 'keys' | 'operation'

// The first group whose beginning a name has; what belongs to none is operation.
const groups: readonly (readonly [group: SettingGroup, names: RegExp])[] = [
  ['brand', /^(BRAND_|SUPPORT_)/],
  ['people', /^(SIGN_UP|SECOND_|ADMINISTRATOR_|PASSWORD_RANGE|ARGON2_|SMTP_|MAIL_)/],
  ['tokens', /^(SESSION_|REFRESH_|ID_TOKEN_|TOKEN_|DPOP_)/],
  ['keys', /^(KEY_|LEAKED_|GITHUB_|SIGNING_|SEALING_)/],
  ['reach', /^(ISSUER|NODE_ENV|HOST|PORT|MANAGEMENT_|ALLOWED_|TRUSTED_|CLIENT_|OUTBOUND_)/],
  ['operation', /^/],
]

/** In the order in which they are shown: what can be changed comes first. */
export const settingGroups: readonly SettingGroup[] = groups.map(([group]) => group)

/** The group of a setting. */
export function groupOfSetting(name: string): SettingGroup {
  return groups.find(([, names]) => names.test(name))?.[0] ?? 'operation'
}
