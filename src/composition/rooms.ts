/** What both ways of administering an installation, the console and the management API, need of its rooms. */
import type { ServerConfig } from '../config.ts'
import type { JudgeNewPassword } from '../domain/accounts/password-range.ts'
import type { PasswordHasher } from '../domain/accounts/password.ts'
import type { KeyMaking } from '../domain/api-keys/create.ts'
import { createPeppers } from '../domain/api-keys/secret.ts'
import type { Rotation } from '../domain/signing-keys/rotate.ts'
import { randomId } from '../platform/crypto/random.ts'
import type { NewId } from '../platform/crypto/random.ts'
import type { Seal } from '../platform/crypto/seal.ts'
import { contextWordsOf } from './context-words.ts'
import type { Floor } from './floor.ts'
import { newPasswordsOf } from './new-passwords.ts'
import { rotationOf } from './rotation.ts'
import { shownSettings } from './shown-settings.ts'
import type { ConsoleRooms } from '../web/admin/rooms.ts'

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
  /** Facts of the configuration that are no secret. */
  readonly settings: ConsoleRooms['settings']
}

/** The rooms of a server. */
export function administrationRooms(config: ServerConfig, floor: Floor): AdministrationRooms {
  return {
    issuer: config.issuer,
    newId: randomId,
    seal: floor.seal,
    hasher: floor.hasher,
    judgeNewPassword: newPasswordsOf(config, floor),
    // While it is tried, mails are files; production without a server for them throws them away.
    mailIsSent: config.smtp !== undefined || !config.production,
    contextWords: contextWordsOf(config),
    keyMaking: { peppers: createPeppers(config.keyPeppers), prefix: config.keyPrefix },
    keyRotation: rotationOf(config, floor.seal),
    settings: shownSettings(config),
  }
}
