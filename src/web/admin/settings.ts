import { changeableNames } from '../../config.ts'
import { groupOfSetting } from '../../../views/admin/settings-groups.ts'
import { settingsContent } from '../../../views/admin/settings-page.ts'
import { previewBrand, previewStylesheet, tryBrand } from './settings-brand.ts'
import { settingChangePages } from './settings-change.ts'
import type { ConsoleRoute, Visit } from './route.ts'

async function showSettings({ frame, rooms, query, show }: Visit): Promise<void> {
  const { settings } = rooms
  // Whoever comes from a change that another instance made sees what came of it.
  const [version = '0'] = /^\d{1,9}$/.exec(query.get('version') ?? '') ?? []
  await settings.catchUp(Number(version))
  const { consoleSettings, consoleSettingForms } = frame.messages
  const changed = (query.get('changed') ?? '').split(',')
  const content = settingsContent(frame, {
    settings: settings.shown(),
    sourceOf: settings.source,
    editable: frame.may('settings:write') ? [...new Set(changeableNames.map(groupOfSetting))] : [],
    changed: changeableNames.filter((name) => changed.includes(name)),
    notice: query.has('nothing') ? consoleSettingForms.nothing : undefined,
  })
  show({ title: consoleSettings.title, current: '/admin/settings', content })
}

/** The pages of settings. */
export const settingsPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/settings', needs: 'settings:read', handle: showSettings },
  { method: 'GET', path: '/settings/brand', needs: 'settings:read', handle: tryBrand },
  { method: 'GET', path: '/settings/preview', needs: 'settings:read', handle: previewBrand },
  { method: 'GET', path: '/settings/preview.css', needs: 'settings:read', handle: previewStylesheet },
  ...settingChangePages,
]
