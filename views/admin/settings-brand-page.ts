import { pageHeading, panel } from '../components/app-parts.ts'
import { button } from '../components/button.ts'
import { copyButton } from '../components/copy.ts'
import { textField } from '../components/field.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import type { Brand } from '../brand.ts'
import { fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { consoleForm } from './parts.ts'
import { brandPreview } from './settings-brand-preview.ts'
import { colourSentences } from './settings-colour.ts'

/** What somebody would like the brand to be. */
export interface BrandWishes {
  readonly name: string
  readonly accent: string
  readonly logo: string
  readonly heading: string
}

/** What the page of the brand shows. */
export interface BrandPageProps {
  readonly wishes: BrandWishes
  /** The wishes that cannot be. */
  readonly wrong: readonly (keyof BrandWishes)[]
  /** The brand as it would be, in the words it would have. */
  readonly brand: Brand
  readonly brandMessages: Messages
  readonly accent: string
  /** A stylesheet with the colour of the preview alone. */
  readonly stylesheetUrl: string
  readonly wholePageUrl: string
  readonly environmentLines: readonly string[]
  /** Present for whoever may change it. */
  readonly use:
    | {
        /** What the environment fixes. */
        readonly fixed: readonly string[]
        readonly isWrong: boolean
        /** What is sent; undefined when everything is fixed. */
        readonly hidden: Readonly<Record<string, string>> | undefined
      }
    | undefined
  readonly textsFile: string | undefined
}

const path = '/admin/settings/brand'

/** The page on which a brand is tried; and from which it is used. */
export function brandContent(frame: ConsoleFrame, props: BrandPageProps): Html {
  const { messages } = frame
  const { consoleSettings: texts } = messages
  return html`<link rel="stylesheet" href="${props.stylesheetUrl}" /> ${pageHeading({
      title: texts.brandTitle,
      lead: texts.brandLead,
      back: { text: texts.back, url: '/admin/settings' },
    })}
    ${panel({ id: 'wishes', title: texts.brand, content: wishForm(messages, props) })}
    ${panel({
      id: 'preview',
      title: texts.looksLike,
      description: texts.looksLikeLead,
      content: html`${brandPreview(props.brandMessages, props.brand, texts.looksLike)}
        <p><a href="${props.wholePageUrl}">${texts.wholePage}</a></p>`,
    })}
    ${panel({
      id: 'colour',
      title: texts.colour,
      content: html`<ul class="plain-list">
        ${colourSentences(messages, props.accent).map((sentence) => html`<li>${sentence}</li>`)}
      </ul>`,
    })}
    ${props.use !== undefined && usePanel(frame, props.use)}
    ${panel({
      id: 'lines',
      title: texts.lines,
      description: texts.linesLead,
      content: linesOf(messages, props),
    })}`
}

function usePanel(frame: ConsoleFrame, use: NonNullable<BrandPageProps['use']>): Html {
  const { consoleSettingForms: texts } = frame.messages
  const { fixed, isWrong, hidden } = use
  return panel({
    id: 'use',
    title: texts.useBrandTitle,
    description: texts.useBrandLead,
    content: html`${fixed.length > 0 && html`<p class="hint">${fillText(texts.useFixed, { names: fixed.join(', ') })}</p>`}
    ${isWrong && html`<p class="hint">${texts.useWrong}</p>`}
    ${
      !isWrong &&
      hidden !== undefined &&
      consoleForm(frame, {
        action: '/admin/settings/brand/change',
        hidden,
        content: html`<div class="button-row">${button({ text: texts.useBrand, kind: 'primary' })}</div>`,
      })
    }`,
  })
}

function wishForm({ consoleSettings: texts }: Messages, { wishes, wrong }: BrandPageProps): Html {
  const error = (name: keyof BrandWishes, text: string) => (wrong.includes(name) ? text : undefined)
  const plain = { autocomplete: 'off' } as const
  return html`<form class="form" method="get" action="${path}">
    ${textField({ ...plain, name: 'name', label: texts.name, value: wishes.name, error: error('name', texts.nameWrong) })}
    ${textField({
      ...plain,
      name: 'accent',
      label: texts.accent,
      value: wishes.accent,
      hint: texts.accentHint,
      error: error('accent', texts.accentWrong),
    })}
    ${textField({
      ...plain,
      name: 'logo',
      label: texts.logo,
      value: wishes.logo,
      hint: texts.logoHint,
      error: error('logo', texts.logoWrong),
      optional: true,
    })}
    ${textField({
      ...plain,
      name: 'heading',
      label: texts.heading,
      value: wishes.heading,
      hint: texts.headingHint,
      error: error('heading', texts.headingWrong),
      optional: true,
    })}
    <div class="button-row">${button({ text: texts.show, kind: 'primary' })}</div>
  </form>`
}

function linesOf(messages: Messages, { environmentLines, textsFile }: BrandPageProps): Html {
  const { consoleSettings: texts } = messages
  const copied = (id: string, text: string) =>
    html`<div class="copied-lines">
      <pre class="lines" id="${id}" tabindex="0">${text}</pre>
      ${copyButton(messages, id)}
    </div>`
  return html`${copied('environment-lines', environmentLines.join('\n'))}
  ${
    textsFile !== undefined &&
    html`<h3 class="lines-title">${texts.textsFile}</h3>
      ${copied('texts-file', textsFile)}`
  }`
}
