/** When each periodic job last ran on this instance, and how it ended. The others keep their own: one of them runs a job at a time. */

/** What is known of a job here. */
export interface JobRun {
  readonly name: string
  readonly everyMilliseconds: number
  readonly doneAt: Date | undefined
  readonly failedAt: Date | undefined
}

/** Keeps what is known of the jobs. */
export interface JobJournal {
  readonly begin: (jobs: readonly { readonly name: string; readonly everyMilliseconds: number }[]) => void
  readonly done: (name: string) => void
  readonly failed: (name: string) => void
  readonly runs: () => readonly JobRun[]
}

/** An empty journal. */
export function createJobJournal(now: () => Date): JobJournal {
  const runs = new Map<string, JobRun>()
  const note = (name: string, times: Partial<Pick<JobRun, 'doneAt' | 'failedAt'>>) => {
    const run = runs.get(name)
    if (run !== undefined) runs.set(name, { ...run, ...times })
  }
  return {
    begin: (jobs) => {
      for (const { name, everyMilliseconds } of jobs)
        runs.set(name, { name, everyMilliseconds, doneAt: undefined, failedAt: undefined })
    },
    done: (name) => note(name, { doneAt: now() }),
    failed: (name) => note(name, { failedAt: now() }),
    runs: () => [...runs.values()],
  }
}
