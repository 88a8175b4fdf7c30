import { settingsContent } from '../../../views/admin/settings-page.ts'
import { previewBrand, previewStylesheet, tryBrand } from './settings-brand.ts'
import type { ConsoleRoute, Visit } from './route.ts'

function showSettings({ frame, rooms, show }: Visit): void {
  const content = settingsContent(frame, rooms.settings.shown())
  show({ title: frame.messages.consoleSettings.title, current: '/admin/settings', content })
}

/** The pages of settings. */
export const settingsPages: readonly ConsoleRoute[] = [
  { method: 'GET', path: '/settings', needs: 'settings:read', handle: showSettings },
  { method: 'GET', path: '/settings/brand', needs: 'settings:read', handle: tryBrand },
  { method: 'GET', path: '/settings/preview', needs: 'settings:read', handle: previewBrand },
  { method: 'GET', path: '/settings/preview.css', needs: 'settings:read', handle: previewStylesheet },
]
