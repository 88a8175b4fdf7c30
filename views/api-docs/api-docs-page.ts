/** The page that shows the management API, made of its OpenAPI document alone. Works without JavaScript. */
import { footer, brandMark, pageDocument } from '../components/layout.ts'
import type { PageProps } from '../components/layout.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'

/** A member of a request or an answer. */
export interface DocumentedField {
  readonly name: string
  readonly kind: string
  readonly required: boolean
  readonly description: string | undefined
}

/** A route. */
export interface DocumentedRoute {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly summary: string
  /** Undefined for what every caller may see. */
  readonly scope: string | undefined
  readonly fresh: boolean
  readonly parameters: readonly DocumentedField[]
  readonly body: readonly DocumentedField[]
  readonly answer: readonly DocumentedField[]
}

/** What the page shows. */
export interface ApiDocsPageProps extends PageProps {
  readonly address: string
  readonly documentPath: string
  readonly sections: readonly { readonly name: string; readonly routes: readonly DocumentedRoute[] }[]
  readonly problems: readonly { readonly code: string; readonly status: number; readonly title: string }[]
}

/** The page. */
export function apiDocsPage(props: ApiDocsPageProps): Html {
  const { brand, messages, sections } = props
  const texts = messages.apiDocs
  return pageDocument({
    brand,
    messages,
    title: texts.title,
    stylesheets: ['api-docs.css'],
    body: html`<div class="docs">
      <header class="brand">${brandMark(brand)}</header>
      <main>
        <h1>${texts.title}</h1>
        <p class="docs-lead">${fill(texts.lead, { address: html`<code>${props.address}</code>` })}</p>
        <p><a href="${props.documentPath}">${texts.document}</a></p>
        ${introduction(messages)} ${contents(props)}
        ${sections.map(
          ({ name, routes }) =>
            html`<section aria-labelledby="${anchor(name)}">
              <h2 id="${anchor(name)}">${name}</h2>
              ${routes.map((route) => routeDetails(route, messages))}
            </section>`,
        )}
        ${problemTable(props)}
      </main>
      ${footer(brand, messages)}
    </div>`,
  })
}

function introduction({ apiDocs: texts }: Messages): Html {
  return html`<section aria-labelledby="how-to">
    <h2 id="how-to">${texts.howTo}</h2>
    <ul class="docs-rules">
      ${[texts.credential, texts.changes, texts.creations, texts.lists].map((text) => html`<li>${text}</li>`)}
    </ul>
  </section>`
}

function contents({ sections, messages: { apiDocs: texts } }: ApiDocsPageProps): Html {
  return html`<nav class="docs-contents" aria-label="${texts.contents}">
    <ul>
      ${sections.map(({ name }) => html`<li><a href="${`#${anchor(name)}`}">${name}</a></li>`)}
      <li><a href="#problems">${texts.problems}</a></li>
    </ul>
  </nav>`
}

function routeDetails(route: DocumentedRoute, { apiDocs: texts }: Messages): Html {
  const { id, method, path, summary, scope, fresh } = route
  return html`<details class="route" id="${id}">
    <summary>
      <span class="route-method" data-method="${method}">${method}</span>
      <code class="route-path">${path}</code>
      <span class="route-summary">${summary}</span>
    </summary>
    <div class="route-body">
      <p>
        ${texts.needs}: ${scope === undefined ? texts.anybody : html`<code>${scope}</code>`}
        ${fresh && html`<br />${texts.fresh}`}
      </p>
      ${fieldTable(texts.parameters, route.parameters, texts)} ${fieldTable(texts.body, route.body, texts)}
      ${route.answer.length === 0 ? html`<p>${texts.nothing}</p>` : fieldTable(texts.answer, route.answer, texts)}
    </div>
  </details>`
}

function fieldTable(
  title: string,
  fields: readonly DocumentedField[],
  texts: Messages['apiDocs'],
): Html | undefined {
  if (fields.length === 0) return undefined
  return html`<div class="docs-table" tabindex="0" role="region" aria-label="${title}">
    <table>
      <caption>
        ${title}
      </caption>
      <thead>
        <tr>
          <th scope="col">${texts.name}</th>
          <th scope="col">${texts.kind}</th>
          <th scope="col">${texts.meaning}</th>
        </tr>
      </thead>
      <tbody>
        ${fields.map(
          ({ name, kind, required, description }) =>
            html`<tr>
              <th scope="row">
                <code>${name}</code>${required && html` <span class="docs-required">${texts.required}</span>`}
              </th>
              <td>${kind}</td>
              <td>${description ?? ''}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

function problemTable({ problems, messages: { apiDocs: texts } }: ApiDocsPageProps): Html {
  return html`<section aria-labelledby="problems">
    <h2 id="problems">${texts.problems}</h2>
    <p>${texts.problemsLead}</p>
    <div class="docs-table" tabindex="0" role="region" aria-label="${texts.problems}">
      <table>
        <thead>
          <tr>
            <th scope="col">${texts.code}</th>
            <th scope="col">${texts.status}</th>
            <th scope="col">${texts.meaning}</th>
          </tr>
        </thead>
        <tbody>
          ${problems.map(
            ({ code, status, title }) =>
              html`<tr id="problem-${code}">
                <th scope="row"><code>${code}</code></th>
                <td>${status}</td>
                <td>${title}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`
}

function anchor(name: string): string {
  return `section-${name.toLowerCase().replace(/[^a-z]+/g, '-')}`
}
