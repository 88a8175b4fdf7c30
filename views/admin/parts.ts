/** What pages of the console are made of, beside the parts of all our own pages. */
import { button } from '../components/button.ts'
import { pageHeading, panel } from '../components/app-parts.ts'
import { selectField as labelledSelect, selectInput } from '../components/choice.ts'
import { textField } from '../components/field.ts'
import { postForm } from '../components/form.ts'
import { attributes, html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import type { Messages } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'

/** A choice in the filters of a list. */
export interface FilterChoice {
  readonly value: string
  readonly text: string
}

/** A filter with a few values. */
export interface SelectFilter {
  readonly name: string
  readonly label: string
  readonly value: string
  /** The first is shown when nothing was chosen. */
  readonly choices: readonly FilterChoice[]
}

/** The search and the filters above a list; they are part of its address, so a page of it can be kept and shared. */
export interface FilterBarProps {
  readonly messages: Messages
  readonly action: string
  readonly search?: { readonly value: string; readonly label: string } | undefined
  readonly selects?: readonly SelectFilter[]
  /** Other text filters. */
  readonly texts?: readonly { readonly name: string; readonly label: string; readonly value: string }[]
}

/** A form that only looks. */
export function filterBar({ messages, action, search, selects = [], texts = [] }: FilterBarProps): Html {
  const isFiltered = [
    search?.value,
    ...selects.map(({ value }) => value),
    ...texts.map(({ value }) => value),
  ].some((value) => value !== undefined && value !== '')
  const inputs = [...(search === undefined ? [] : [{ name: 'search', ...search }]), ...texts]
  return html`<form class="filters" method="get" action="${action}" role="search">
    ${inputs.map(
      ({ name, label, value }) =>
        html`<label class="filter"
          ><span class="filter-label">${label}</span
          ><input
            ${attributes({ class: 'input', type: 'search', name, value, autocomplete: 'off', spellcheck: 'false' })}
        /></label>`,
    )}
    ${selects.map(selectFilter)}
    <div class="filter-buttons">
      <button class="button secondary" type="submit">
        ${search ? messages.console.search : messages.console.filter}
      </button>
      ${isFiltered && html`<a class="button quiet" href="${action}">${messages.console.clear}</a>`}
    </div>
  </form>`
}

function selectFilter({ label, ...select }: SelectFilter): Html {
  return html`<label class="filter"
    ><span class="filter-label">${label}</span>${selectInput(optionsOf(select))}</label
  >`
}

/** A labelled list to choose from, in a form. */
export function selectField(
  select: SelectFilter & { readonly hint?: string | undefined; readonly error?: string | undefined },
): Html {
  return labelledSelect(optionsOf(select))
}

function optionsOf<Select extends Pick<SelectFilter, 'choices'>>({ choices, ...select }: Select) {
  return { ...select, options: choices.map(({ value, text }) => [value, text] as const) }
}

/** One of a list of things that can be ticked, with the sentence that says what it is. */
export interface TickProps {
  readonly name: string
  readonly value: string
  readonly title: HtmlValue
  readonly description?: HtmlValue
  readonly checked?: boolean
}

/** Things to be ticked. The legend is only heard where the heading of a panel says the same. */
export function ticks(
  legend: string,
  entries: readonly TickProps[],
  {
    isLegendHidden = false,
    describedBy,
  }: {
    readonly isLegendHidden?: boolean
    /** The ids of what is said about all of them, such as what is wrong. */
    readonly describedBy?: string | undefined
  } = {},
): Html {
  return html`<fieldset ${attributes({ class: 'ticks', 'aria-describedby': describedBy })}>
    <legend class="${isLegendHidden ? 'visually-hidden' : 'label'}">${legend}</legend>
    ${entries.map(
      ({ name, value, title, description, checked }) =>
        html`<label class="tick"
          ><input ${attributes({ type: 'checkbox', name, value, checked })} /><span
            ><span class="tick-title">${title}</span>${
              description !== undefined && html`<span class="tick-description">${description}</span>`
            }</span
          ></label
        >`,
    )}
  </fieldset>`
}

/** A form of the console: it carries the token of the session. */
export function consoleForm(
  { csrfToken }: Pick<ConsoleFrame, 'csrfToken'>,
  {
    action,
    hidden = {},
    content,
  }: {
    readonly action: string
    readonly hidden?: Readonly<Record<string, string | undefined>>
    readonly content: HtmlValue
  },
): Html {
  return postForm({ action, hidden: { csrf: csrfToken, ...hidden }, content })
}

/** What stands on a sheet of its own: a table, or a list. */
export function sheet(content: HtmlValue): Html {
  return html`<div class="sheet">${content}</div>`
}

/** A page that names what an act destroys, and asks. */
export interface ConfirmProps {
  readonly frame: Pick<ConsoleFrame, 'messages' | 'csrfToken'>
  readonly title: HtmlValue
  /** What will be gone, in sentences, the count of it where it is known. */
  readonly consequences: readonly HtmlValue[]
  readonly action: string
  readonly hidden?: Readonly<Record<string, string | undefined>>
  readonly submit: string
  readonly cancelUrl: string
  /** Whether a reason is asked for; it is sent as `reason`. */
  readonly asksReason?: boolean
  /** Further fields of the form, above its buttons. */
  readonly more?: HtmlValue
}

/** The content of a page that asks before something is destroyed. */
export function confirmContent(props: ConfirmProps): Html {
  const {
    frame,
    title,
    consequences,
    action,
    hidden = {},
    submit,
    cancelUrl,
    asksReason = false,
    more,
  } = props
  const { console } = frame.messages
  const fields = html`
    ${
      asksReason &&
      textField({
        name: 'reason',
        label: console.reason,
        hint: console.reasonHint,
        autocomplete: 'off',
        optional: true,
      })
    }
    ${more}
    <div class="button-row">
      ${button({ text: submit, kind: 'danger', name: 'confirmed', value: 'yes' })}
      <a class="button secondary" href="${cancelUrl}">${console.cancel}</a>
    </div>
  `
  return html`${pageHeading({ title })}
  ${panel({
    id: 'confirm',
    title: console.confirmTitle,
    kind: 'danger',
    content: html`<ul class="consequences">
        ${consequences.map((consequence) => html`<li>${consequence}</li>`)}
      </ul>
      ${consoleForm(frame, { action, hidden, content: fields })}`,
  })}`
}
