/** Numbers on pages of the console: beside each other, or over time. */
import { attributes, html } from '../html.ts'
import type { Html } from '../html.ts'

/** A number with what it counts. */
export interface Tile {
  readonly label: string
  readonly value: string
  readonly hint?: string | undefined
  readonly url?: string | undefined
}

/** Numbers beside each other. */
export function tiles(entries: readonly Tile[]): Html {
  return html`<ul class="tiles">
    ${entries.map(
      ({ label, value, hint, url }) =>
        html`<li class="tile">
          <p class="tile-label">${url === undefined ? label : html`<a href="${url}">${label}</a>`}</p>
          <p class="tile-value">${value}</p>
          ${hint !== undefined && html`<p class="tile-hint">${hint}</p>`}
        </li>`,
    )}
  </ul>`
}

/** A time series. */
export interface ChartProps {
  readonly title: string
  /** Oldest first; each is told as text too, in the table below. */
  readonly points: readonly { readonly label: string; readonly value: number }[]
  readonly columns: readonly [time: string, value: string]
  /** Closed unless somebody opens it. */
  readonly tableLabel: string
}

const chartWidth = 600
const chartHeight = 120

/** Bars over time, and the same numbers as a table for whoever does not see them. */
export function barChart({ title, points, columns, tableLabel }: ChartProps): Html {
  const most = Math.max(1, ...points.map(({ value }) => value))
  const step = chartWidth / Math.max(1, points.length)
  const bars = points.map(({ label, value }, index) => {
    const height = value === 0 ? 0 : Math.max(2, (value / most) * chartHeight)
    const place = {
      class: 'bar',
      x: (index * step + step * 0.1).toFixed(2),
      y: (chartHeight - height).toFixed(2),
      width: (step * 0.8).toFixed(2),
      height: height.toFixed(2),
    }
    return html`<rect ${attributes(place)}><title>${label}: ${String(value)}</title></rect>`
  })
  return html`<figure class="chart">
    <figcaption>${title}</figcaption>
    <svg viewBox="0 0 600 120" preserveAspectRatio="none" role="img" aria-label="${title}">${bars}</svg>
    <div class="chart-ends" aria-hidden="true">
      <span>${points.at(0)?.label}</span><span>${points.at(-1)?.label}</span>
    </div>
    <details class="chart-table">
      <summary>${tableLabel}</summary>
      <table class="table plain">
        <thead>
          <tr>
            <th scope="col">${columns[0]}</th>
            <th scope="col">${columns[1]}</th>
          </tr>
        </thead>
        <tbody>
          ${points.map(
            ({ label, value }) =>
              html`<tr>
                <td>${label}</td>
                <td>${String(value)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </details>
  </figure>`
}
