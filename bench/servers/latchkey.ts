/** What is measured: the whole server as `src/server.ts` composes it, its log written to standard output as always. */
import { readConfig } from '../../src/config.ts'
import { createLog } from '../../src/platform/log.ts'
import { buildServer } from '../../src/server.ts'
import { keepRequestsYoung } from '../../src/start/memory.ts'
import type { Fixtures } from '../fixtures.ts'
import { secrets } from '../secrets.ts'
import { countStatements } from '../statement-counter.ts'
import type { StatementCount } from '../statement-counter.ts'
import { prepare } from './prepare.ts'
import { createPreparingProvider } from './preparing-provider.ts'
import { answerCalls, listen } from './protocol.ts'

let preparing: (ReturnType<typeof createPreparingProvider> & { readonly fixtures: Fixtures }) | undefined
let count: StatementCount | undefined

// As where the program begins.
keepRequestsYoung()
answerCalls({
  start: async ({ databaseUrl, fixtures, cacheEntries, passwordHashesAtOnce }) => {
    const { listener, origin } = await listen()
    const config = {
      ...readConfig({ ISSUER: origin, ...secrets }),
      databaseUrl,
      ...(cacheEntries !== undefined && { cacheEntries }),
      ...(passwordHashesAtOnce !== undefined && { passwordHashesAtOnce }),
    }
    const server = await buildServer(config, { now: () => new Date(), log: createLog(config.logLevel) })
    listener.on('request', server.handler)
    preparing = { ...createPreparingProvider(origin, databaseUrl), fixtures }
    return { origin }
  },
  prepare: async (preparation) => {
    if (preparing === undefined) throw new Error('the server was not started')
    return prepare(preparing.provider, preparing.fixtures, preparation)
  },
  beginCount: async () => {
    count = countStatements()
    return undefined
  },
  endCount: async () => {
    count?.stop()
    return count?.statements ?? []
  },
})
