/** Sign-in as a brand would show it: a picture made of the real parts, in which nothing can be typed. */
import { brandMark, footer, pageDocument } from '../components/layout.ts'
import type { Brand } from '../brand.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import type { Messages } from '../messages/messages.ts'

/** The picture within a page. Its colours are those of the class, which a stylesheet of its own sets. */
export function brandPreview(messages: Messages, brand: Brand, label: string): Html {
  return html`<div class="brand-preview" role="img" aria-label="${label}">
    <div class="brand">${brandMark(brand)}</div>
    <div class="card">
      <div class="heading"><p class="preview-title">${messages.signIn.title}</p></div>
      ${fields(messages)}
    </div>
  </div>`
}

/** The same as a whole page, with the way back. */
export function brandPreviewPage({
  brand,
  messages,
  backUrl,
}: {
  readonly brand: Brand
  readonly messages: Messages
  readonly backUrl: string
}): Html {
  const { consoleSettings: texts } = messages
  return pageDocument({
    brand,
    messages,
    title: texts.previewTitle,
    stylesheets: ['console.css'],
    body: html`<div class="page">
      <header class="brand">${brandMark(brand)}</header>
      <main class="card">
        <div class="heading"><h1>${messages.signIn.title}</h1></div>
        <div role="img" aria-label="${texts.previewTitle}">${fields(messages)}</div>
        <p class="card-line"><a href="${backUrl}">${texts.toForm}</a></p>
      </main>
      ${footer(brand, messages)}
    </div>`,
  })
}

function fields({ signIn }: Messages): Html {
  const field = (label: string, value: string) =>
    html`<div class="field">
      <span class="label">${label}</span><span class="input preview-input">${value}</span>
    </div>`
  return html`<div class="form">
    ${field(signIn.login, 'ana@example.com')} ${field(signIn.password, '••••••••••••')}
    <p class="field-link"><span class="preview-link">${signIn.forgotten}</span></p>
    <span class="button primary">${signIn.submit}</span>
    <p class="card-line">${signIn.noAccount} <span class="preview-link">${signIn.createAccount}</span></p>
  </div>`
}
