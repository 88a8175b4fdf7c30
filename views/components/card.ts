import { html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'

/** The page's only h1 with the sentence below it. */
export function heading(title: HtmlValue, lead?: HtmlValue): Html {
  return html`<div class="heading">
    <h1>${title}</h1>
    ${lead !== undefined && html`<p class="lead">${lead}</p>`}
  </div>`
}

/** A name that came from outside, kept from turning the direction of the text around it. */
export function outsideName(name: string): Html {
  return html`<bdi class="name">${name}</bdi>`
}

/** The same for an address, which is longer than a line of a phone more often than not. */
export function outsideAddress(email: string): Html {
  return html`<bdi class="name whole">${breakable(email)}</bdi>`
}

/** What is longer than this does not fit a line of a phone. */
const longPart = 30

/** An address breaks before its @ first, after its dots where a half of it is long, and elsewhere only when it must. */
export function breakable(address: string): Html {
  const parts = address
    .split(/(?=@)/)
    .flatMap((half) => (half.length > longPart ? half.split(/(?<=\.)/) : [half]))
  return html`${parts.map((part, index) => html`${index > 0 && html`<wbr />`}${part}`)}`
}

/** The name of a setting or an event: where it does not fit its line it breaks between its words. */
export function breakableName(name: string): Html {
  return html`${name.split(/(?<=[._])/).map((part, index) => html`${index > 0 && html`<wbr />`}${part}`)}`
}

/** An id, or the identifier of an API: on a phone its line is its own before it breaks. */
export function wholeCode(text: string): Html {
  return html`<code class="whole">${breakable(text)}</code>`
}

/** Names and values, such as the details of an error. */
export function details(entries: readonly (readonly [name: string, value: HtmlValue])[]): Html {
  return html`<dl class="details">
    ${entries.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`
}

/** The sign above the heading of a page that only says how something ended. */
export function statusMark(kind: 'success', icon: Html): Html {
  return html`<div class="status-mark ${kind}">${icon}</div>`
}
