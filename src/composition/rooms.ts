/** What both ways of administering an installation, the console and the management API, need of its rooms. */
import type { ServerConfig } from '../config.ts'
import type { JudgeNewPassword } from '../domain/accounts/password-range.ts'
import type { PasswordHasher } from '../domain/accounts/password.ts'
import type { KeyMaking } from '../domain/api-keys/create.ts'
import type { Rotation } from '../domain/signing-keys/rotate.ts'
import { randomId } from '../platform/crypto/random.ts'
import type { NewId } from '../platform/crypto/random.ts'
import type { Seal } from '../platform/crypto/seal.ts'
import type { Floor } from './floor.ts'
import { rotationOf } from './rotation.ts'

/** The parts. */
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
}

/** The rooms of a server. */
export function administrationRooms(config: ServerConfig, floor: Floor): AdministrationRooms {
  return {
    issuer: config.issuer,
    newId: randomId,
    seal: floor.seal,
    hasher: floor.hasher,
    judgeNewPassword: floor.judgeNewPassword,
    // While it is tried, mails are files; production without a server for them throws them away.
    mailIsSent: config.smtp !== undefined || !config.production,
    contextWords: floor.contextWords,
    keyMaking: floor.keyMaking,
    keyRotation: rotationOf(config, floor.seal),
  }
}
