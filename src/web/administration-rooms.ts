import type { JudgeNewPassword } from '../domain/accounts/password-range.ts'
import type { PasswordHasher } from '../domain/accounts/password.ts'
import type { KeyMaking } from '../domain/api-keys/create.ts'
import type { Act } from '../domain/audit/act.ts'
import type { Rotation } from '../domain/signing-keys/rotate.ts'
import type { NewId } from '../platform/crypto/random.ts'
import type { Seal } from '../platform/crypto/seal.ts'
import type { SettingValue, ShownSettings } from '../../views/admin/settings-values.ts'

/**
 * What both ways of administering an installation, the console and the management API, need beside the database. Given
 * once by the composition, so that what is bounded, such as hashing at once, is bounded for both together.
 */
export interface AdministrationRooms {
  readonly issuer: string
  readonly newId: NewId
  readonly seal: Seal
  readonly hasher: PasswordHasher
  readonly judgeNewPassword: JudgeNewPassword
  /** Whether mails leave this installation at all. */
  readonly mailIsSent: boolean
  readonly contextWords: () => readonly string[]
  readonly keyMaking: KeyMaking
  readonly keyRotation: () => Rotation
  readonly settings: SettingsRoom
}

export type { SettingValue, ShownSettings }

/** Where the value of a setting comes from. What the environment says is fixed there. */
export type SettingSource = 'environment' | 'stored' | 'default'

/** What the server is set to, and the settings among it that can be changed while it runs. */
export interface SettingsRoom {
  /** By the names of the environment; of secrets only whether there are any. */
  readonly shown: () => ShownSettings
  /** Those that can be changed, as they are written in the environment; empty for what is not set. */
  readonly written: () => Readonly<Record<string, string>>
  /** The same with nothing stored: the defaults, and what the environment says. */
  readonly standard: () => Readonly<Record<string, string>>
  readonly source: (name: string) => SettingSource
  /** Whether there is a setting of this name that can be stored. Where its source is the environment, it is fixed all the same. */
  readonly changeable: (name: string) => boolean
  /** What a change is made from. */
  readonly version: () => number
  /** Learns of this version if it is not known here yet: another instance may have made it a moment ago. Looks once. */
  readonly catchUp: (version: number) => Promise<void>
  /**
   * Stores values as they are written in the environment; null, or an empty one, goes back to the default. All of it or
   * nothing: refuses with `conflict`, `setting_fixed` or `invalid_request`. In force here when it returns.
   */
  readonly change: (
    values: Readonly<Record<string, string | null>>,
    version: number | undefined,
    act: Act,
  ) => Promise<void>
}
