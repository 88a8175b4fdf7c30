import type { Brand } from '../brand.ts'
import { html, renderHtml } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { mailContent } from './mail-content.ts'
import type { MailAbout, MailContent } from './mail-content.ts'
import { mailStyle } from './mail-style.ts'

/** What every mail takes. */
export interface MailProps {
  readonly brand: Brand
  readonly messages: Messages
  /** The host of the installation, said in the foot. */
  readonly host: string
  readonly about: MailAbout
}

/** A mail in its two forms, which say the same. */
export interface RenderedMail {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Renders a mail. It loads nothing from anywhere, and its link also stands there as text. */
export function renderMail(props: MailProps): RenderedMail {
  const content = mailContent(props.about, props.messages, props.brand.name)
  return { subject: content.subject, text: textOf(content, props), html: htmlOf(content, props) }
}

function textOf({ title, paragraphs, button, otherwise }: MailContent, props: MailProps): string {
  const blocks = [
    title,
    props.messages.mail.greeting,
    ...paragraphs,
    `${button.text}:\n${button.url}`,
    ...otherwise,
    `-- \n${footOf(props)}`,
  ]
  return `${blocks.map(wrap).join('\n\n')}\n`
}

/** Lines of at most 76 characters where there are spaces; a link is never broken. */
function wrap(block: string): string {
  return block.replace(/(?![^\n]{1,76}$)([^\n]{1,76}) (?=\S)/gm, '$1\n')
}

function htmlOf({ title, paragraphs, button, otherwise }: MailContent, props: MailProps): string {
  const { brand, messages } = props
  const body = html`
    <div class="page">
      <p class="brand">${brand.name}</p>
      <div class="card">
        <h1>${title}</h1>
        <p>${messages.mail.greeting}</p>
        ${paragraphs.map((text) => html`<p>${text}</p>`)}
        <p><a class="button" href="${button.url}">${button.text}</a></p>
        ${otherwise.map((text) => html`<p>${text}</p>`)}
        <p class="small address">${messages.mail.copyLink}<br /><a href="${button.url}">${button.url}</a></p>
      </div>
      <p class="foot">${footOf(props)}</p>
    </div>
  `
  const head = html`<meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title}</title>`
  // The tag of our pages refuses styles, because there they are files; a mail has nowhere to load one from.
  return `<!doctype html>
<html lang="${messages.language}">
<head>
${renderHtml(head)}
<style>${mailStyle(brand)}</style>
</head>
<body>${renderHtml(body)}</body>
</html>
`
}

function footOf({ brand, messages, host }: MailProps): string {
  return fillText(messages.mail.automatic, { brand: brand.name, host })
}
