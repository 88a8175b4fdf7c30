/** What would happen with a credential, as people are shown it: on a page of the console, and at the command line. */
import { findAccount } from '../domain/accounts/account.ts'
import type { Party } from '../domain/audit/search.ts'
import { findClient } from '../domain/clients/client.ts'
import type { Explanation, Reason } from '../domain/credentials/explanation.ts'
import type { Database } from '../platform/db/open.ts'
import type { ExplainedProps, ShownStep } from '../../views/admin/explain-answer-page.ts'
import { reasonLines } from '../../views/admin/explain-words.ts'
import type { ShownActor, ShownReason } from '../../views/admin/explain-words.ts'
import { messagesFor } from '../../views/messages/messages.ts'

/** A step in plain English. */
export interface StepInWords {
  readonly name: string
  readonly outcome: string
  /** The sentence first, then what is known beside it. */
  readonly lines: readonly string[]
}

/** The steps of an explanation in the sentences of the console. */
export async function stepsInWords(db: Database, explanation: Explanation): Promise<readonly StepInWords[]> {
  const messages = messagesFor('en')
  const { consoleExplain: texts } = messages
  const { steps } = await shownExplanation(db, explanation)
  return steps.map((step) => ({
    name: texts[`step_${step.name}`],
    outcome: texts[step.outcome],
    lines: step.outcome === 'not_reached' ? [texts.notReached] : reasonLines(messages, step.reason),
  }))
}

/** With the names people know clients and accounts by. */
export async function shownExplanation(
  db: Database,
  { asker, steps, ...same }: Explanation,
): Promise<ExplainedProps> {
  const client = asker === undefined ? undefined : await findClient(db, asker.clientId)
  const shown: ShownStep[] = []
  for (const step of steps) {
    if (step.outcome === 'not_reached') shown.push(step)
    else shown.push({ ...step, reason: await shownReason(db, step.reason) })
  }
  return {
    ...same,
    steps: shown,
    asker: asker === undefined ? undefined : { client: client?.name ?? asker.clientId, api: asker.api },
  }
}

async function shownReason(db: Database, { by, ...reason }: Reason): Promise<ShownReason> {
  return { ...reason, by: by === undefined ? undefined : await shownActor(db, by) }
}

async function shownActor(db: Database, { type, id }: Party): Promise<ShownActor> {
  if (type === 'account' && id !== undefined) {
    return { kind: type, id, name: (await findAccount(db, id))?.email ?? id }
  }
  if (type === 'client' && id !== undefined)
    return { kind: type, id, name: (await findClient(db, id))?.name ?? id }
  const kind = (['system', 'operator', 'anonymous'] as const).find((each) => each === type) ?? 'other'
  return { kind, id, name: type }
}
