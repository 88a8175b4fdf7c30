/** The console of a server. */
import type { Middleware } from 'koa'
import { createConsoleDoor } from '../web/admin/console.ts'
import { consolePages } from '../web/admin/pages.ts'
import type { ConsoleRooms } from '../web/admin/rooms.ts'
import type { OwnSessions } from '../web/own-session.ts'
import type { Pages } from '../web/pages.ts'
import type { Floor } from './floor.ts'

/** What the console needs beside the floor. */
export interface ConsoleParts {
  readonly pages: Pages
  readonly sessions: OwnSessions
  readonly rooms: ConsoleRooms
}

/** The console's steps of the stack. */
export function consoleDoors(floor: Floor, { pages, sessions, rooms }: ConsoleParts): readonly Middleware[] {
  const door = {
    ...floor,
    pages,
    sessions,
    rooms,
    announce: floor.announcements.announce,
    secondFactorRequired: () => floor.settings.current().secondFactor.administrators === 'required',
  }
  return createConsoleDoor(door, consolePages)
}
