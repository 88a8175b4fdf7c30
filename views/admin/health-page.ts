import { alert } from '../components/alert.ts'
import { dataTable, emptyState, factList, moment, pageHeading, panel } from '../components/app-parts.ts'
import { html } from '../html.ts'
import type { Html, HtmlValue } from '../html.ts'
import { fillText, lengthOfTime } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'
import type { ConsoleFrame } from './frame.ts'
import { findingsPanel } from './health-findings.ts'
import type { ShownFinding } from './health-findings.ts'
import { tiles } from './charts.ts'

/** How a queue stands. */
export interface ShownQueue {
  readonly waiting: number
  readonly oldest: Date | undefined
  readonly lastProblem: string | undefined
}

/** What the page of health shows. */
export interface HealthPageProps {
  readonly now: Date
  readonly looked: { readonly at: Date; readonly findings: readonly ShownFinding[] }
  readonly database: {
    readonly majorVersion: number
    readonly isEncrypted: boolean
    readonly isReplica: boolean
    readonly maxConnections: number
    readonly clockAheadSeconds: number
    readonly syncedCommits: boolean
    readonly pool: {
      readonly total: number
      readonly idle: number
      readonly waiting: number
      readonly size: number
    }
  }
  readonly migrations: {
    readonly applied: readonly { readonly name: string; readonly appliedAt: Date }[]
    readonly pending: readonly string[]
    readonly unknown: readonly string[]
    readonly changed: readonly string[]
  }
  readonly instances: readonly { readonly since: Date; readonly address: string | undefined }[]
  readonly changesTrusted: boolean
  readonly keys: readonly { readonly purpose: string; readonly since: Date }[]
  readonly mails: ShownQueue
  readonly logouts: ShownQueue
  readonly jobs: readonly {
    readonly name: string
    readonly everyMilliseconds: number
    readonly doneAt: Date | undefined
    readonly failedAt: Date | undefined
  }[]
  readonly process: { readonly version: string; readonly startedAt: Date; readonly memoryBytes: number }
}

/** The page of health. */
export function healthContent({ messages }: ConsoleFrame, props: HealthPageProps): Html {
  const { consoleHealth: texts } = messages
  return html`${pageHeading({ title: texts.title, lead: texts.lead })} ${summary(messages, props)}
  ${findingsPanel(messages, props.looked)} ${databasePanel(messages, props)} ${schemaPanel(messages, props)}
  ${changesPanel(messages, props)} ${queuesPanel(messages, props)} ${jobsPanel(messages, props)}
  ${keysPanel(messages, props)} ${processPanel(messages, props)}`
}

function summary({ consoleHealth: texts, language }: Messages, props: HealthPageProps): Html {
  const number = new Intl.NumberFormat(language)
  const { findings } = props.looked
  const count = (level: ShownFinding['level']) =>
    number.format(findings.filter((finding) => finding.level === level).length)
  return tiles([
    { label: texts.problems, value: count('problem') },
    { label: texts.advice, value: count('advice') },
    { label: texts.instances, value: number.format(props.instances.length) },
    { label: texts.mailsWaiting, value: number.format(props.mails.waiting) },
  ])
}

function databasePanel(messages: Messages, { database }: HealthPageProps): Html {
  const { consoleHealth: texts } = messages
  const { total, idle, waiting, size } = database.pool
  return panel({
    id: 'database',
    title: texts.database,
    content: factList([
      [texts.version, fillText(texts.postgres, { version: database.majorVersion })],
      [texts.writable, database.isReplica ? texts.replica : texts.primary],
      [texts.connections, fillText(texts.connectionsText, { used: total - idle, idle, waiting, size })],
      [texts.most, String(database.maxConnections)],
      [texts.encrypted, database.isEncrypted ? texts.isEncrypted : texts.notEncrypted],
      [texts.durable, database.syncedCommits ? texts.isDurable : texts.notDurable],
      [texts.clock, clockText(messages, database.clockAheadSeconds)],
    ]),
  })
}

function clockText({ consoleHealth: texts }: Messages, ahead: number): string {
  const seconds = Math.round(Math.abs(ahead))
  if (seconds < 1) return texts.clockTogether
  return fillText(ahead > 0 ? texts.clockAhead : texts.clockBehind, { seconds })
}

function schemaPanel(messages: Messages, { migrations }: HealthPageProps): Html {
  const { consoleHealth: texts } = messages
  const { applied, pending, unknown, changed } = migrations
  const newest = applied.at(-1)
  const odd = ([label, names]: readonly [string, readonly string[]]) =>
    names.length === 0 ? [] : [[label, html`<code>${names.join(', ')}</code>`] as const]
  const facts: (readonly [string, HtmlValue])[] = [
    ...(newest === undefined
      ? []
      : ([
          [texts.newest, html`<code>${newest.name}</code>`],
          [texts.ranAt, moment(messages, newest.appliedAt)],
        ] as const)),
    [texts.applied, String(applied.length)],
    ...odd([texts.pending, pending]),
    ...odd([texts.unknown, unknown]),
    ...odd([texts.changed, changed]),
  ]
  const isGood = pending.length + unknown.length + changed.length === 0
  return panel({
    id: 'schema',
    title: texts.schema,
    ...(isGood && { description: texts.schemaGood }),
    content: factList(facts),
  })
}

function changesPanel(messages: Messages, { instances, changesTrusted }: HealthPageProps): Html {
  const { consoleHealth: texts } = messages
  return panel({
    id: 'instances',
    title: texts.changes,
    description: texts.changesLead,
    content: html`${alert({
      kind: changesTrusted ? 'success' : 'problem',
      content: changesTrusted ? texts.trusted : texts.notTrusted,
    })}
    ${dataTable({
      caption: texts.changes,
      columns: [texts.instance, texts.since, texts.from],
      rows: instances.map(({ since, address }, index) => [
        String(index + 1),
        moment(messages, since),
        address === undefined ? texts.local : html`<code>${address}</code>`,
      ]),
    })}`,
  })
}

function queuesPanel(messages: Messages, { mails, logouts }: HealthPageProps): Html {
  const { consoleHealth: texts, console } = messages
  const row = (name: string, { waiting, oldest, lastProblem }: ShownQueue) => [
    html`<strong>${name}</strong>`,
    String(waiting),
    oldest === undefined ? console.none : moment(messages, oldest),
    lastProblem ?? console.none,
  ]
  return panel({
    id: 'queues',
    title: texts.queues,
    content: dataTable({
      caption: texts.queues,
      columns: [texts.queue, texts.waiting, texts.oldest, texts.lastProblem],
      rows: [row(texts.mails, mails), row(texts.logouts, logouts)],
    }),
  })
}

function jobsPanel(messages: Messages, { jobs }: HealthPageProps): Html {
  const { consoleHealth: texts, console } = messages
  const names: Readonly<Record<string, string>> = texts
  return panel({
    id: 'jobs',
    title: texts.jobs,
    description: texts.jobsLead,
    content: dataTable({
      caption: texts.jobs,
      columns: [texts.job, texts.every, texts.done, texts.failed],
      rows: jobs.map(({ name, everyMilliseconds, doneAt, failedAt }) => [
        html`<strong>${names[`job_${name}`] ?? name}</strong>`,
        lengthOfTime(messages, everyMilliseconds / 1000),
        doneAt === undefined ? texts.notYet : moment(messages, doneAt),
        failedAt === undefined ? console.never : moment(messages, failedAt),
      ]),
    }),
  })
}

function keysPanel(messages: Messages, { keys, now }: HealthPageProps): Html {
  const { consoleHealth: texts } = messages
  const age = (since: Date) => lengthOfTime(messages, Math.max(0, (now.getTime() - since.getTime()) / 1000))
  return panel({
    id: 'keys',
    title: texts.keys,
    content:
      keys.length === 0
        ? emptyState(texts.noKeys)
        : dataTable({
            caption: texts.keys,
            columns: [texts.purpose, texts.signsSince, texts.age],
            rows: keys.map(({ purpose, since }) => [
              html`<strong>${purpose}</strong>`,
              moment(messages, since),
              age(since),
            ]),
          }),
  })
}

function processPanel(messages: Messages, { process }: HealthPageProps): Html {
  const { consoleHealth: texts, language } = messages
  const megabytes = new Intl.NumberFormat(language, { style: 'unit', unit: 'megabyte' })
  return panel({
    id: 'process',
    title: texts.process,
    content: factList([
      [texts.startedAt, moment(messages, process.startedAt)],
      [texts.memory, megabytes.format(Math.round(process.memoryBytes / 1_000_000))],
      [texts.runtime, process.version],
    ]),
  })
}
