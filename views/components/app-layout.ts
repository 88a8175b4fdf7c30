/** The frame of our own pages: a bar with the brand and the person, the pages beside it, and wide content. */
import type { AssetName } from '../assets.ts'
import { html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { fill } from '../messages/messages.ts'
import { outsideAddress, outsideName } from './card.ts'
import { postForm } from './form.ts'
import { menuIcon } from './icons.ts'
import { brandMark, footer, pageDocument } from './layout.ts'
import type { LayoutProps } from './layout.ts'

/** One page of the navigation. */
export interface NavigationItem {
  readonly path: string
  readonly text: string
}

/** The person who looks at the page. */
export interface AppPerson {
  readonly name: string | undefined
  readonly email: string
}

/** What a page of ours gives to its frame. */
export interface AppLayoutProps extends LayoutProps {
  /** Where the brand leads. */
  readonly homePath: string
  readonly navigation: readonly NavigationItem[]
  /** The path of the entry this page belongs to. */
  readonly current: string
  readonly person: AppPerson
  readonly signOutAction: string
  readonly csrfToken: string
  /** What was done, or what one must know, above the page. */
  readonly notice?: HtmlValue
  /** Stylesheets of these pages alone. */
  readonly stylesheets?: readonly AssetName[] | undefined
}

/** A whole document. The content brings the page's only h1. */
export function appLayout(props: AppLayoutProps): Html {
  const { brand, messages, homePath } = props
  return pageDocument({
    ...props,
    stylesheets: ['app.css', ...(props.stylesheets ?? [])],
    body: html`<div class="app">
      <a class="skip" href="#content">${messages.app.skip}</a>
      <header class="app-bar">
        <div class="app-bar-inner">
          <a class="app-brand" href="${homePath}">${brandMark(brand)}</a>
          ${person(props)} ${menu(props)}
        </div>
      </header>
      <div class="app-columns">
        <nav class="app-side" aria-label="${messages.app.navigation}">${links(props)}</nav>
        <main class="app-main" id="content" tabindex="-1">${props.notice} ${props.content}</main>
      </div>
      ${footer(brand, messages)}
    </div>`,
  })
}

/** On a phone: everything of the bar and the side behind one button, without a script. */
function menu(props: AppLayoutProps): Html {
  const { messages } = props
  return html`<details class="app-menu">
    <summary class="app-menu-button">${menuIcon()}<span>${messages.app.menu}</span></summary>
    <div class="app-menu-content">
      <p class="app-menu-person">${fill(messages.app.signedInAs, { name: shownName(props.person) })}</p>
      <nav aria-label="${messages.app.menu}">${links(props)}</nav>
      ${signOut(props)}
    </div>
  </details>`
}

function person(props: AppLayoutProps): Html {
  const name = nameOf(props.person)
  return html`<div class="app-person">
    <span class="avatar" aria-hidden="true">${initialOf(name)}</span>
    <span class="app-person-name">${shownName(props.person)}</span>
    ${signOut(props)}
  </div>`
}

function signOut({ messages, signOutAction, csrfToken }: AppLayoutProps): Html {
  return postForm({
    action: signOutAction,
    hidden: { csrf: csrfToken },
    content: html`<button class="button quiet" type="submit">${messages.app.signOut}</button>`,
  })
}

function links({ navigation, current }: AppLayoutProps): Html {
  return html`<ul class="app-links">
    ${navigation.map(({ path, text }) =>
      path === current
        ? html`<li><a href="${path}" aria-current="page">${text}</a></li>`
        : html`<li><a href="${path}">${text}</a></li>`,
    )}
  </ul>`
}

function initialOf(name: string): string | undefined {
  const [first] = new Intl.Segmenter().segment(name)
  return first?.segment.toUpperCase()
}

function nameOf({ name, email }: AppPerson): string {
  return name ?? email
}

function shownName({ name, email }: AppPerson): Html {
  return name === undefined ? outsideAddress(email) : outsideName(name)
}
