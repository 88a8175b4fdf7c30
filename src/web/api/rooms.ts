import type { JudgeNewPassword } from '../../domain/accounts/password-range.ts'
import type { PasswordHasher } from '../../domain/accounts/password.ts'
import type { KeyMaking } from '../../domain/api-keys/create.ts'
import type { Rotation } from '../../domain/signing-keys/rotate.ts'
import type { NewId } from '../../platform/crypto/random.ts'
import type { Seal } from '../../platform/crypto/seal.ts'

/** What handlers need besides the database, given once by the composition. */
export interface ApiRooms {
  readonly issuer: string
  readonly newId: NewId
  readonly seal: Seal
  readonly hasher: PasswordHasher
  readonly judgeNewPassword: JudgeNewPassword
  readonly contextWords: readonly string[]
  readonly keyMaking: KeyMaking
  readonly keyRotation: Rotation
  /** What `/settings` shows: facts of the configuration that are no secret. */
  readonly settings: Readonly<Record<string, unknown>>
}
