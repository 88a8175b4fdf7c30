/** A process that runs the embedded database as the server does, for tests that kill it. Prints one line of JSON. */
import { startEmbeddedDatabase } from '../../../src/platform/db/embedded.ts'

const dataDirectory = process.argv[2] ?? ''
const database = await startEmbeddedDatabase({ dataDirectory, log: () => {}, durable: false })
process.on('SIGTERM', () => void database.stop().then(() => process.exit(0)))
console.log(JSON.stringify({ url: database.url, processId: await database.processId() }))
setInterval(() => {}, 1000)
