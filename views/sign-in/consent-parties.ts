import { breakable } from '../components/card.ts'
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'
import type { Messages } from '../messages/messages.ts'
import { isSameOriginPath } from '../safe-url.ts'

/** The app's logo, or the first letter of its name. */
export function clientBadge(client: { readonly name: string; readonly logoUri?: string | undefined }): Html {
  const { logoUri } = client
  if (logoUri === undefined || !isSameOriginPath(logoUri)) {
    return html`<div class="client-badge" aria-hidden="true">${initial(client.name)}</div>`
  }
  return html`<img class="client-badge" width="56" height="56" ${attributes({ src: logoUri, alt: '' })} />`
}

/** Who is signed in, with the way to be somebody else. */
export function accountRow(
  account: { readonly name?: string | undefined; readonly email: string },
  messages: Messages,
): Html {
  const { name, email } = account
  const hasName = name !== undefined && name.trim() !== ''
  return html`<div class="account">
    ${avatar(hasName ? name : email)}
    <p class="account-who">
      <span class="visually-hidden">${messages.consent.signedInAs}</span>
      ${hasName && html`<bdi class="account-name">${name}</bdi>`}
      <bdi class="account-email">${breakable(email)}</bdi>
    </p>
    <button class="text-button" type="submit" name="decision" value="switch">
      ${messages.consent.switchAccount}
    </button>
  </div>`
}

/** The first letter of a name, in a circle. */
export function avatar(name: string): Html {
  return html`<span class="avatar" aria-hidden="true">${initial(name)}</span>`
}

function initial(name: string): string {
  const [letter = '?'] = name.trim().toWellFormed()
  return letter.toUpperCase()
}
