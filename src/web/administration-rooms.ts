import type { JudgeNewPassword } from '../domain/accounts/password-range.ts'
import type { PasswordHasher } from '../domain/accounts/password.ts'
import type { KeyMaking } from '../domain/api-keys/create.ts'
import type { Rotation } from '../domain/signing-keys/rotate.ts'
import type { NewId } from '../platform/crypto/random.ts'
import type { Seal } from '../platform/crypto/seal.ts'
import type { ShownSettings } from '../../views/admin/settings-values.ts'

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
  readonly contextWords: readonly string[]
  readonly keyMaking: KeyMaking
  readonly keyRotation: Rotation
  /** Facts of the configuration that are no secret. */
  readonly settings: ShownSettings
}
