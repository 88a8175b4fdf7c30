/**
 * How many requests there were and how long they took. Counted in plain numbers and handed to the metrics library when
 * somebody collects them: its own way to a series costs more than a cached answer may.
 */
import { Counter, Histogram } from 'prom-client'
import type { Registry } from 'prom-client'

/** What tells series apart; all three come from closed sets. */
export interface RequestLabels {
  readonly route: string
  readonly method: string
  readonly status: string
}

/** The numbers of one series. */
export interface RequestSeries {
  readonly count: (seconds: number) => void
}

interface Series {
  readonly labels: RequestLabels
  /** By bucket, not added up; the last is for what is slower than all of them. */
  readonly counts: number[]
  sum: number
}

const labelNames = ['route', 'method', 'status'] as const
// From a cached answer to the limit after which a request is cut off anyway.
const bucketsSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

/** Registers both metrics; the function opens a series of them, once for each combination of labels. */
export function requestSeries(registry: Registry): (labels: RequestLabels) => RequestSeries {
  const all: Series[] = []
  registry.registerMetric(
    new Counter({
      name: 'latchkey_http_requests_total',
      help: 'Answered requests, by route name, method and status class.',
      labelNames,
      registers: [],
      collect() {
        this.reset()
        for (const series of all) this.inc({ ...series.labels }, total(series))
      },
    }),
  )
  registry.registerMetric(histogramOf(all))
  return (labels) => {
    const series: Series = {
      labels,
      counts: Array.from({ length: bucketsSeconds.length + 1 }, () => 0),
      sum: 0,
    }
    all.push(series)
    return { count: (seconds) => count(series, seconds) }
  }
}

function count(series: Series, seconds: number): void {
  let bucket = 0
  while (bucket < bucketsSeconds.length && seconds > (bucketsSeconds[bucket] ?? Infinity)) bucket += 1
  series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
  series.sum += seconds
}

function total({ counts }: Series): number {
  return counts.reduce((sum, number) => sum + number, 0)
}

/** The library's histogram by name and form, which tells our numbers. */
function histogramOf(all: readonly Series[]): Histogram {
  const name = 'latchkey_http_request_duration_seconds'
  const help = 'Time to answer a request, by route name, method and status class.'
  const histogram = new Histogram({ name, help, labelNames, buckets: bucketsSeconds, registers: [] })
  return Object.assign(histogram, {
    // Its shorter form for one reader, which it would prefer to the following.
    getForPromString: undefined,
    get: async () => ({
      name,
      help,
      type: 'histogram',
      aggregator: 'sum',
      values: all.flatMap((series) => valuesOf(series, name)),
    }),
  })
}

function valuesOf(series: Series, name: string) {
  const { labels, counts, sum } = series
  let upTo = 0
  const buckets = [...bucketsSeconds, '+Inf'].map((le, index) => {
    upTo += counts[index] ?? 0
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: upTo }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: { ...labels }, value: sum },
    { metricName: `${name}_count`, labels: { ...labels }, value: upTo },
  ]
}
