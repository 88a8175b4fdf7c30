/** What the installation is set to, where that comes from, and changing it. */
import { z } from 'zod'
import { changeableNames, isChangeable, settingForm } from '../../config.ts'
import type { ChangeableName, SettingForm } from '../../config.ts'
import { readStoredSettings } from '../../domain/settings/stored.ts'
import { consoleSettingTextsEn } from '../../../views/messages/console-setting-texts.ts'
import type { AdministrationRooms, SettingsRoom, SettingValue } from '../administration-rooms.ts'
import { defineRoute } from './route.ts'
import type { Route, RouteAnswer } from './route.ts'

type Given = string | number | boolean | readonly string[]

const settingsSchema = z.record(
  z.string(),
  z.union([
    z.string(),
    z.number(),
    z.boolean(),
    z.array(z.string()),
    z.strictObject({ is_set: z.boolean() }),
    z.null(),
  ]),
)
const change = z.strictObject(
  Object.fromEntries(
    changeableNames.map((name) => [
      name,
      givenAs(settingForm(name)).nullable().optional().describe(describedAs(name)),
    ]),
  ),
)

const show = defineRoute({
  id: 'show_settings',
  tag: 'Settings',
  method: 'GET',
  path: '/settings',
  summary:
    'Shows what the server is set to, by the names of its environment; of secrets only whether there are any.',
  scope: 'settings:read',
  status: 200,
  answer: settingsSchema,
  handle: async ({ rooms }) => settingsAnswer(rooms),
})

const sources = defineRoute({
  id: 'show_setting_sources',
  tag: 'Settings',
  method: 'GET',
  path: '/settings/sources',
  summary:
    'Shows where each setting comes from: the environment, which wins, what was stored, or the default; and which can be changed.',
  scope: 'settings:read',
  status: 200,
  answer: z.record(
    z.string(),
    z.strictObject({
      source: z.enum(['environment', 'stored', 'default']),
      changeable: z.boolean(),
    }),
  ),
  handle: async ({ rooms: { settings } }) => ({
    body: Object.fromEntries(
      Object.keys(settings.shown()).map((name) => [name, sourceOf(settings, name)] as const),
    ),
    version: settings.version(),
  }),
})

const patch = defineRoute({
  id: 'change_settings',
  tag: 'Settings',
  method: 'PATCH',
  path: '/settings',
  summary:
    'Stores settings; null goes back to the default, and what is not named stays. All of it or nothing. In force on every server within a second; the answer is what is in force then.',
  scope: 'settings:write',
  fresh: true,
  body: change,
  currentVersion: async (db) => (await readStoredSettings(db)).version,
  status: 200,
  answer: settingsSchema,
  handle: async ({ rooms, body, version, act }) => {
    const given = Object.entries(body).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value === null ? null : writtenAs(value)] as const],
    )
    await rooms.settings.change(Object.fromEntries(given), version, act)
    return settingsAnswer(rooms)
  },
})

/** The routes of settings. */
export const settingRoutes: readonly Route[] = [show, sources, patch]

function settingsAnswer({ settings }: AdministrationRooms): RouteAnswer {
  const shown = Object.entries(settings.shown()).map(([name, value]) => [name, settingJson(value)] as const)
  return { body: Object.fromEntries(shown), version: settings.version() }
}

function sourceOf(settings: SettingsRoom, name: string) {
  const source = settings.source(name)
  return { source, changeable: isChangeable(name) && source !== 'environment' }
}

function settingJson(value: SettingValue) {
  if (value === undefined) return null
  if (typeof value !== 'object') return value
  if ('seconds' in value) return value.seconds
  return 'isSet' in value ? { is_set: value.isSet } : value
}

/** As it is shown, so that what was read can be sent back. */
function givenAs(form: SettingForm): z.ZodType<Given> {
  switch (form.kind) {
    case 'choice':
      return z.enum(form.options)
    case 'switch':
      return z.boolean()
    case 'seconds':
      return z.int().min(form.minimum).max(form.maximum)
    case 'links':
      // In the environment the comma stands between them.
      return z
        .array(
          z
            .string()
            .max(2000)
            .regex(/^[^,]*$/, 'must not have a comma'),
        )
        .max(50)
    default:
      return z.string().max(2000)
  }
}

function writtenAs(value: Given): string {
  return typeof value === 'object' ? value.join(',') : String(value)
}

function describedAs(name: ChangeableName): string {
  return consoleSettingTextsEn[name]
}
