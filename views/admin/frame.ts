/** The frame of every page of the console: its navigation, by what the administrator may do. */
import { alert } from '../components/alert.ts'
import { appLayout } from '../components/app-layout.ts'
import type { AppPerson, NavigationItem } from '../components/app-layout.ts'
import type { PageProps } from '../components/layout.ts'
import type { AssetName } from '../assets.ts'
import type { Html, HtmlValue } from '../html.ts'
import type { Messages } from '../messages/messages.ts'

/** What all pages of the console share within one request. */
export interface ConsoleFrame extends PageProps {
  readonly navigation: readonly NavigationItem[]
  readonly person: AppPerson
  readonly csrfToken: string
  readonly done: HtmlValue
  /** What the administrator may do, so that pages show no button that would be refused. */
  readonly may: (scope: string) => boolean
}

/** What one page brings. */
export interface ConsoleFrameProps extends ConsoleFrame {
  readonly title: string
  /** The path of the navigation's entry that the page belongs to. */
  readonly current: string
  readonly hasProblem?: boolean | undefined
  readonly scripts?: readonly AssetName[] | undefined
  /** Brings the page's only h1. */
  readonly content: HtmlValue
}

/** What the frame is made from. */
export interface ConsoleFrameParts extends PageProps {
  readonly held: ReadonlySet<string>
  readonly person: AppPerson
  readonly csrfToken: string
  /** The code in the address that says what was done. */
  readonly done: string | undefined
}

type Entry = readonly [path: string, name: keyof Messages['consoleNavigation'], needs: string]

const entries: readonly Entry[] = [
  ['/admin', 'overview', 'usage:read'],
  ['/admin/accounts', 'accounts', 'accounts:read'],
  ['/admin/sessions', 'sessions', 'sessions:read'],
  ['/admin/clients', 'clients', 'clients:read'],
  ['/admin/apis', 'apis', 'apis:read'],
  ['/admin/roles', 'roles', 'roles:read'],
  ['/admin/keys', 'keys', 'keys:read'],
  ['/admin/hygiene', 'hygiene', 'keys:read'],
  ['/admin/explain', 'explain', 'keys:read'],
  ['/admin/audit', 'audit', 'audit:read'],
  ['/admin/signing-keys', 'signingKeys', 'signing-keys:read'],
  ['/admin/settings', 'settings', 'settings:read'],
  ['/admin/health', 'health', 'settings:read'],
]

/** Makes the frame for one request. */
export function consoleFrame({ held, done, ...parts }: ConsoleFrameParts): ConsoleFrame {
  const { messages } = parts
  const names = messages.consoleNavigation
  return {
    ...parts,
    may: (scope) => held.has(scope),
    done: doneNotice(messages, done),
    navigation: entries
      .filter(([, , needs]) => held.has(needs))
      .map(([path, name]) => ({ path, text: names[name] })),
  }
}

/** A whole page of the console. */
export function renderConsolePage({ done, may: _may, scripts = [], ...props }: ConsoleFrameProps): Html {
  return appLayout({
    ...props,
    notice: done,
    homePath: '/admin',
    signOutAction: '/admin/sign-out',
    stylesheets: ['console.css'],
    scripts: ['copy.js', ...scripts],
  })
}

/** The code comes from the address, where anybody may write anything: only our own sentences are ever shown. */
function doneNotice({ consoleDone }: Messages, code: string | undefined): Html | undefined {
  if (code === undefined || !Object.hasOwn(consoleDone, code)) return undefined
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- just looked up
  return alert({ kind: 'success', content: consoleDone[code as keyof typeof consoleDone] })
}
