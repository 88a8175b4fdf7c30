/** The floor under everything: Koa that says hello, reads a body, or looks one row up. */
import Koa from 'koa'
import { sha256 } from '../../src/platform/crypto/digest.ts'
import { openDatabase, run, statement } from '../../src/platform/db/open.ts'
import type { Database } from '../../src/platform/db/open.ts'
import { answerCalls, listen } from './protocol.ts'

const findClient = statement<{ id: string }>('bench_find', 'select id from clients where id = $1')

const findToken = statement<{ model: string }>(
  'bench_find_token',
  'select model from oidc_artifacts where id_hash = $1',
)

answerCalls({
  start: async ({ databaseUrl, fixtures }) => {
    const { listener, origin } = await listen()
    const db = openDatabase({
      url: databaseUrl,
      maxConnections: 10,
      applicationName: 'latchkey bench',
      onConnectionError: () => {},
    })
    const handle = createApp(db, fixtures.service.id).callback()
    listener.on('request', (request, response) => void handle(request, response))
    return { origin }
  },
})

function createApp(db: Database, id: string): Koa {
  const app = new Koa()
  app.use(async (ctx) => {
    if (ctx.method === 'POST') {
      const chunks: Buffer[] = []
      for await (const chunk of ctx.req) chunks.push(chunk as Buffer)
      const body = Buffer.concat(chunks).toString()
      if (ctx.path === '/token-row') {
        const token = new URLSearchParams(body).get('token') ?? ''
        ctx.body = (await run(db, findToken, [sha256(token)]))[0]
      } else {
        ctx.body = { length: body.length }
      }
    } else if (ctx.path === '/row') {
      ctx.body = (await run(db, findClient, [id]))[0]
    } else {
      ctx.body = 'hello'
    }
  })
  return app
}
