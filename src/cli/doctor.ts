/** The doctor: looks at the settings, the database and a running server, and says what to mend. */
import { Refusal } from '../platform/errors.ts'
import { defineCommand } from './command.ts'
import type { Command } from './command.ts'
import { effectiveConfig } from './effective-config.ts'
import { failureOf } from './failures.ts'
import type { Context } from './context.ts'
import { checkRunning } from './doctor/running.ts'
import type { Finding } from '../composition/doctor/finding.ts'
import { checkSettings } from '../composition/doctor/settings.ts'
import { checkStored } from '../composition/doctor/stored.ts'
import { flag, text } from './option.ts'
import { count, fields, sentence } from './output.ts'
import type { Answer, Block } from './output.ts'

const doctor = defineCommand({
  words: 'doctor',
  summary:
    'Checks settings, database and running server against RFC 9700 and the security bar, and says what to mend.',
  notes: [
    'It changes nothing. The exit code is 1 if there is a problem, and 0 if there is none.',
    'The server is asked from outside, as a stranger would: through its proxy, at the issuer.',
  ],
  options: {
    url: text('url', 'The origin of the running server; ISSUER unless given.'),
    offline: flag('Asks no running server.'),
    all: flag('Also lists what is as it should be.'),
  },
  examples: ['doctor', 'doctor --url https://login.example.com --all', 'doctor --offline --all'],
  run: async (context, given) => {
    const { issuer } = context.config()
    const findings = [
      ...(await findingsHere(context)),
      ...(given.offline ? [] : await checkRunning(originOf(given.url ?? issuer), () => new Date())),
    ]
    return answerOf(findings, given.all)
  },
})

/** The doctor's command. */
export const doctorCommands: readonly Command[] = [doctor]

/** A database that cannot be looked at is a finding among others: the rest is still worth saying. */
async function findingsHere(context: Context): Promise<readonly Finding[]> {
  const config = context.config()
  try {
    const db = await context.openDatabase()
    return [
      ...checkSettings(await effectiveConfig(context, db)),
      ...(await checkStored(db, config, () => new Date())),
    ]
  } catch (error) {
    const { code, message, unexpected } = failureOf(error)
    if (unexpected !== undefined) throw error
    return [
      ...checkSettings({ ...config, ...config.policyWith({}) }),
      {
        code,
        level: 'problem',
        sentence: message,
        mend: 'Mend this first; clients, keys and the database itself could not be looked at.',
      },
    ]
  }
}

function originOf(url: string): string {
  const parsed = URL.parse(url)
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new Refusal('invalid_request', '--url must be an origin such as https://login.example.com.')
  }
  return parsed.origin
}

function answerOf(findings: readonly Finding[], all: boolean): Answer {
  const of = (level: Finding['level']) => findings.filter((finding) => finding.level === level)
  const [problems, advice, ok] = [of('problem'), of('advice'), of('ok')]
  const json = { problems: problems.length, advice: advice.length, ok: ok.length, findings }
  const shown = [...problems, ...advice, ...(all ? ok : [])]
  return {
    json,
    exitCode: problems.length > 0 ? 1 : 0,
    blocks: [...shown.map(blockOf), sentence(verdict(problems.length, advice.length, ok.length))],
  }
}

function verdict(problems: number, advice: number, ok: number): string {
  const good = `${ok} of ${problems + advice + ok} checks are as they should be.`
  if (problems === 0 && advice === 0) return good
  return `${count(problems, 'problem')}, ${advice} to consider; ${good}`
}

const labels = { problem: 'PROBLEM', advice: 'CONSIDER', ok: 'OK' } as const

function blockOf({ level, sentence: said, mend, source }: Finding): Block {
  return fields(
    [labels[level], said],
    ...(mend === undefined ? [] : [['', mend] as const]),
    ...(source === undefined ? [] : [['', `(${source})`] as const]),
  )
}
