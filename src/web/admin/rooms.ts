import type { JudgeNewPassword } from '../../domain/accounts/password-range.ts'
import type { PasswordHasher } from '../../domain/accounts/password.ts'
import type { KeyMaking } from '../../domain/api-keys/create.ts'
import type { ExplainRequest } from '../../domain/credentials/explain.ts'
import type { Explanation } from '../../domain/credentials/explanation.ts'
import type { PermissionQuery } from '../../domain/credentials/permission-query.ts'
import type { Rotation } from '../../domain/signing-keys/rotate.ts'
import type { NewId } from '../../platform/crypto/random.ts'
import type { Seal } from '../../platform/crypto/seal.ts'
import type { ShownSettings } from '../../../views/admin/settings-values.ts'
import type { HealthRoom } from './health-room.ts'

/** What pages need beside the database, given once by the composition. */
export interface ConsoleRooms {
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
  /** Says what introspection would answer, and why; spends and records nothing. */
  readonly explain: (request: ExplainRequest) => Promise<Explanation>
  readonly parseQuery: (text: string) => PermissionQuery | undefined
  readonly health: HealthRoom
  /** Facts of the configuration that are no secret. */
  readonly settings: ShownSettings
}
