import { fillText } from '../messages/messages.ts'

/** How many have something of an API: the whole of it, or one scope. */
export interface ShownUses {
  readonly clients: number
  readonly accounts: number
  readonly roles: number
  readonly keys: number
}

/** A sentence for each sort of those who lose it: one for a single one, one with their count for more. */
export type UsesTexts = Readonly<
  Record<
    'oneClient' | 'clients' | 'oneAccount' | 'accounts' | 'oneRole' | 'roles' | 'oneKey' | 'keys',
    string
  >
>

/** What is taken from whom, in sentences; nobody is no sentence. */
export function usesSentences(uses: ShownUses, texts: UsesTexts): readonly string[] {
  const counted = [
    [uses.clients, texts.oneClient, texts.clients],
    [uses.accounts, texts.oneAccount, texts.accounts],
    [uses.roles, texts.oneRole, texts.roles],
    [uses.keys, texts.oneKey, texts.keys],
  ] as const
  return counted
    .filter(([count]) => count > 0)
    .map(([count, one, many]) => (count === 1 ? one : fillText(many, { count })))
}
