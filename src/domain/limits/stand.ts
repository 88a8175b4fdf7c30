import { sql } from 'kysely'
import type { Database } from '../../platform/db/open.ts'
import { budgets } from './budgets.ts'
import type { Budget } from './budgets.ts'

/** A budget, and how many buckets of it are not full at this moment: how many are being limited, or nearly. */
export interface BudgetStand extends Budget {
  readonly bucketsInUse: number
  readonly bucketsEmpty: number
}

/** Every budget of the server and how it stands. Keys of buckets are digests and tell nobody's name. */
export async function standOfBudgets(db: Database): Promise<readonly BudgetStand[]> {
  const { rows } = await sql<{ name: string; inUse: number; empty: number }>`
    select split_part(key, ':', 1) as name, count(*) as in_use,
      count(*) filter (where tokens < 1 and full_at > now()) as empty
    from (select key, tokens, full_at from limit_buckets where full_at > now() limit 100000) buckets
    group by 1`.execute(db)
  const stands = new Map(rows.map((row) => [row.name, row]))
  return Object.values(budgets).map((budget) => ({
    ...budget,
    bucketsInUse: stands.get(budget.name)?.inUse ?? 0,
    bucketsEmpty: stands.get(budget.name)?.empty ?? 0,
  }))
}
