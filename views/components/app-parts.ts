/** What our own pages are made of: headings, panels, lists, tables, and what stands where there is nothing. */
import { attributes, html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { timeFormat } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import { backIcon } from './icons.ts'

/** The page's only h1. */
export interface PageHeadingProps {
  readonly title: HtmlValue
  readonly lead?: HtmlValue
  /** Where one came from, for pages below another. */
  readonly back?: { readonly text: string; readonly url: string } | undefined
  /** The page's main thing to do. */
  readonly action?: Html | undefined
}

/** The heading of a page. */
export function pageHeading({ title, lead, back, action }: PageHeadingProps): Html {
  return html`<div class="page-heading">
    ${back && html`<a class="back" href="${back.url}">${backIcon()}${back.text}</a>`}
    <div class="page-heading-row">
      <div>
        <h1>${title}</h1>
        ${lead !== undefined && html`<p class="page-lead">${lead}</p>`}
      </div>
      ${action}
    </div>
  </div>`
}

/** A group of things that belong together. */
export interface PanelProps {
  /** Also the id of the heading, so it is used once a page. */
  readonly id: string
  readonly title: HtmlValue
  readonly description?: HtmlValue
  readonly kind?: 'plain' | 'danger' | undefined
  readonly action?: Html | undefined
  readonly content?: HtmlValue
}

/** A panel; one whose contents cannot be undone is marked as such. */
export function panel({ id, title, description, kind = 'plain', action, content }: PanelProps): Html {
  return html`<section class="panel ${kind}" aria-labelledby="${id}">
    <div class="panel-head">
      <div>
        <h2 id="${id}">${title}</h2>
        ${description !== undefined && html`<p class="panel-description">${description}</p>`}
      </div>
      ${action}
    </div>
    ${content !== undefined && content !== false && html`<div class="panel-content">${content}</div>`}
  </section>`
}

/** One entry of a list: what it is, what is known of it, and what can be done with it. */
export interface RowProps {
  readonly title: HtmlValue
  readonly badge?: HtmlValue
  readonly lines?: readonly HtmlValue[] | undefined
  readonly actions?: HtmlValue
}

/** A list of entries. */
export function rows(entries: readonly RowProps[]): Html {
  return html`<ul class="rows">
    ${entries.map(
      ({ title, badge, lines = [], actions }) =>
        html`<li class="row">
          <div class="row-text">
            <p class="row-title">
              <span>${title}</span>
              ${badge !== undefined && html`<span class="badge">${badge}</span>`}
            </p>
            ${lines.map((line) => html`<p class="row-line">${line}</p>`)}
          </div>
          ${actions !== undefined && html`<div class="row-actions">${actions}</div>`}
        </li>`,
    )}
  </ul>`
}

/** A table that becomes a list of cards on a phone: each cell then says what it is. */
export interface TableProps {
  readonly caption: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly HtmlValue[])[]
}

/** A table. */
export function dataTable({ caption, columns, rows: lines }: TableProps): Html {
  return html`<table class="table">
    <caption class="visually-hidden">
      ${caption}
    </caption>
    <thead>
      <tr>
        ${columns.map((column) => html`<th scope="col">${column}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${lines.map(
        (cells) =>
          html`<tr>
            ${cells.map((cell, index) => html`<td ${attributes({ 'data-label': columns[index] })}>${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`
}

/** What stands where there is nothing yet, and what to do about it. */
export function emptyState(text: HtmlValue, action?: Html): Html {
  return html`<div class="empty">
    <p>${text}</p>
    ${action}
  </div>`
}

/** Names and values beside each other. */
export function factList(entries: readonly (readonly [name: string, value: HtmlValue])[]): Html {
  return html`<dl class="fact-list">
    ${entries.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`
}

/** Ways to the rest of a list. */
export function pager(
  { app }: Messages,
  urls: { readonly first?: string | undefined; readonly next?: string | undefined },
): Html | undefined {
  if (urls.first === undefined && urls.next === undefined) return undefined
  return html`<nav class="pager" aria-label="${app.pages}">
    ${urls.first !== undefined && html`<a class="button secondary" href="${urls.first}">${app.newest}</a>`}
    ${urls.next !== undefined && html`<a class="button secondary" href="${urls.next}">${app.older}</a>`}
  </nav>`
}

/** A time as people read it, with the exact one for machines; `times.js` says it in the zone of who reads it. */
export function moment(messages: Messages, time: Date, detail: 'day' | 'minute' = 'minute'): Html {
  const hasMinutes = detail === 'minute'
  const format = timeFormat(messages, { dateStyle: 'medium', ...(hasMinutes && { timeStyle: 'short' }) })
  const text = `${format.format(time)}${hasMinutes ? ' UTC' : ''}`
  return html`<time ${attributes({ datetime: time.toISOString(), 'data-detail': detail })}>${text}</time>`
}
