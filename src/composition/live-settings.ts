/**
 * The settings in force, at any moment: what the environment says, then what is stored, then the defaults. Loaded before a
 * server serves, and again as soon as any instance changed them, after every silence of the database, and every half
 * minute. What cannot be loaded or contradicts the environment of this server changes nothing here.
 */
import { isDeepStrictEqual } from 'node:util'
import { ConfigurationError } from '../config.ts'
import type { Config, PolicySettings } from '../config.ts'
import { readStoredSettings } from '../domain/settings/stored.ts'
import type { StoredSettings } from '../domain/settings/stored.ts'
import type { Changes } from '../platform/db/changes.ts'
import type { Database } from '../platform/db/open.ts'
import type { Logger } from '../platform/log.ts'
import { effectivePolicy } from './setting-rules.ts'

/** The settings of a server that runs. */
export interface LiveSettings {
  /** What is in force now. Costs nothing: ask each time, and keep nothing of it. */
  readonly current: () => PolicySettings
  /** What is stored, as far as this instance knows. */
  readonly stored: () => StoredSettings
  /** Loads what is stored now. Never fails: then what is in force stays. */
  readonly reload: () => Promise<void>
  readonly close: () => void
}

/** What loading needs. */
export interface LiveSettingsParts {
  readonly db: Database
  readonly changes: Pick<Changes, 'subscribe' | 'onTrustLost'>
  readonly log: Pick<Logger, 'info' | 'warn'>
}

// A word that was missed although the connection seemed to hold.
const longestWaitMilliseconds = 30_000
const retryMilliseconds = 500

interface InForce {
  readonly policy: PolicySettings
  readonly stored: StoredSettings
}

interface LoadingParts extends Omit<LiveSettingsParts, 'changes'> {
  readonly take: (stored: StoredSettings) => void
}

/** Loads them. Throws {@link ConfigurationError} where what is stored contradicts the environment. */
export async function openLiveSettings(config: Config, parts: LiveSettingsParts): Promise<LiveSettings> {
  const { db, changes, log } = parts
  const inForce = openInForce(config, log, await readStoredSettings(db))
  const loading = openLoading({ db, log, take: inForce.take })
  const stopListening = [
    changes.subscribe(({ kind }) => {
      if (kind === 'settings') void loading.reload()
    }),
    changes.onTrustLost(() => void loading.reload()),
  ]
  // Whatever was changed between the first look and the first word would be missed.
  await loading.reload()
  return {
    current: () => inForce.now().policy,
    stored: () => inForce.now().stored,
    reload: loading.reload,
    close: () => {
      loading.close()
      for (const stop of stopListening) stop()
    },
  }
}

/** What is in force, beginning with what was stored first; what contradicts the environment later is not taken. */
function openInForce(config: Config, log: LiveSettingsParts['log'], first: StoredSettings) {
  let inForce: InForce = { stored: first, policy: effectivePolicy(config, first.written) }
  let refused: StoredSettings | undefined
  const take = (stored: StoredSettings): void => {
    if (isDeepStrictEqual(stored, inForce.stored) || isDeepStrictEqual(stored, refused)) return
    try {
      inForce = { stored, policy: effectivePolicy(config, stored.written) }
      refused = undefined
      log.info({ version: stored.version }, 'the settings changed')
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error
      // Another server, whose environment says otherwise, let them be stored.
      refused = stored
      log.warn(
        { problems: error.problems },
        'stored settings contradict the environment here; nothing changes',
      )
    }
  }
  return { now: () => inForce, take }
}

/** Loads what is stored when it is asked to and by itself after a while, and hands it on, never older after newer. */
function openLoading({ db, log, take }: LoadingParts): Pick<LiveSettings, 'reload' | 'close'> {
  let [begun, newest] = [0, 0]
  let isFailing = false
  let timer: NodeJS.Timeout | undefined
  let closed = false
  const load = async (): Promise<void> => {
    const turn = (begun += 1)
    const stored = await readStoredSettings(db)
    // One that began later has seen newer ones, and may end first.
    if (turn < newest || closed) return
    newest = turn
    take(stored)
  }
  const reload = async (): Promise<void> => {
    try {
      await load()
      isFailing = false
    } catch (error) {
      if (!isFailing && !closed)
        log.warn({ err: error }, 'the settings could not be loaded; those in force stay')
      isFailing = true
    }
    schedule()
  }
  const schedule = (): void => {
    clearTimeout(timer)
    if (closed) return
    timer = setTimeout(() => void reload(), isFailing ? retryMilliseconds : longestWaitMilliseconds)
    timer.unref()
  }
  return {
    reload,
    close: () => {
      closed = true
      clearTimeout(timer)
    },
  }
}
