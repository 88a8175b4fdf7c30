import type { ServerConfig } from '../config.ts'
import { randomId } from '../platform/crypto/random.ts'
import type { AdministrationRooms } from '../web/administration-rooms.ts'
import type { Floor } from './floor.ts'
import { rotationOf } from './rotation.ts'
import { settingsRoom } from './settings-room.ts'

/** What the console and the management API of a server need of its rooms. */
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
    keyRotation: () => rotationOf(floor.settings.current(), floor.seal),
    settings: settingsRoom(config, floor),
  }
}
