/**
 * What would happen with a credential, at the command line. The credential comes on standard input, is looked at once, and
 * is neither kept, logged nor printed.
 */
import type { Explanation, ExplainedStep, Reason } from '../domain/credentials/explanation.ts'
import { readQuestion } from '../domain/credentials/introspect.ts'
import { explainingAlone, explanationInWords } from '../composition/explaining.ts'
import { openKeyMaking } from './api-key-options.ts'
import { defineCommand } from './command.ts'
import type { Command } from './command.ts'
import { CliError } from './failures.ts'
import { readPassword } from './input.ts'
import { requireApiNamed } from './named.ts'
import { text } from './option.ts'
import { fields, sentence } from './output.ts'
import type { Answer } from './output.ts'

const explainCommand = defineCommand({
  words: 'explain',
  summary: 'Shows what introspection would answer about a token or API key on standard input, and why.',
  notes: [
    'It spends no limit and records no use. The exit code is 0 whatever the answer is.',
    'What an instance holds of a limit for the next second is not seen from here.',
  ],
  options: {
    scope: text('requirement', 'What the request needs, such as "invoices:read AND invoices:write".'),
    address: text('address', 'From where the request comes.'),
    cost: text('number', 'How much of its limits the request spends; 1 unless given.'),
    api: text('api', 'Which API asks, by id or identifier; the one it is meant for, unless given.'),
  },
  examples: ['explain < token.txt', 'explain --scope invoices:write --address 10.1.2.3 < key.txt'],
  needsSecrets: true,
  run: async (context, { scope, address, cost, api: named }) => {
    const credential = (await readPassword('credential')).trim()
    if (credential === '') throw new CliError('usage', 'There is no credential on standard input.')
    const { now } = context.act
    const db = await context.openDatabase()
    const parts = {
      db,
      now: () => now,
      seal: await context.openSeal(),
      keyMaking: await openKeyMaking(context),
    }
    const { explain, parseQuery } = await explainingAlone(context.config(), parts)
    const asked = readQuestion({ required_scope: scope, client_ip: address, cost }, parseQuery)
    if (asked === undefined) {
      throw new CliError('usage', '--scope, --address or --cost is not what introspection would take.')
    }
    const api = named === undefined ? undefined : await requireApiNamed(db, named)
    const explanation = await explain({ credential, question: asked.question, requirement: scope, api })
    return answerOf(explanation, await explanationInWords(db, explanation))
  },
})

/** The command that explains. */
export const explainCommands: readonly Command[] = [explainCommand]

type StepsInWords = Awaited<ReturnType<typeof explanationInWords>>

function answerOf(explanation: Explanation, inWords: StepsInWords): Answer {
  const { accepted, answer, asker, keyId, steps } = explanation
  const told: unknown = JSON.parse(answer)
  return {
    json: {
      accepted,
      answer: told,
      asker: asker === undefined ? null : { client_id: asker.clientId, api: asker.api ?? null },
      key_id: keyId ?? null,
      steps: steps.map((step, at) => stepJson(step, inWords[at]?.lines[0])),
    },
    blocks: [
      sentence(accepted ? 'It would be let through.' : 'It would be refused.'),
      fields(
        ['asked by', asker?.clientId],
        ['for the API', asker?.api],
        ['API key', keyId],
        ['answer', answer],
      ),
      fields(
        ...inWords.map(
          ({ name, outcome, lines: [why = '', ...more] }) => [name, [`${outcome}: ${why}`, ...more]] as const,
        ),
      ),
    ],
  }
}

function stepJson(step: ExplainedStep, sentence: string | undefined) {
  const { name, outcome } = step
  const reason = step.outcome === 'not_reached' ? null : reasonJson(step.reason)
  return { step: name, outcome, sentence, reason }
}

function reasonJson({ code, name, other, scopes, at, by, because, limit, lost }: Reason) {
  return {
    code,
    name,
    other,
    scopes,
    at,
    by,
    because,
    limit: limit && {
      requests: limit.requests,
      per: limit.per,
      remaining: limit.remaining,
      retry_after_seconds: limit.retryAfterSeconds,
    },
    lost,
  }
}
