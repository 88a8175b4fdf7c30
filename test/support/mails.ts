/** The mails of a world: what people would find in their mailboxes, read from the files a trying installation writes. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import PostalMime from 'postal-mime'
import type { Email } from 'postal-mime'
import { until } from './until.ts'
import type { World } from './world.ts'

/** A mail as its reader sees it. */
export interface ReceivedMail {
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly messageId: string
  /** Every address in it that begins with http, in order, from the text. */
  readonly links: readonly string[]
  readonly parsed: Email
}

/** Everything that was mailed so far, the oldest first, once nothing is on its way any more. */
export async function mailsOf(world: Pick<World, 'db' | 'config'>): Promise<ReceivedMail[]> {
  await outboxEmpty(world)
  const folder = join(world.config.dataDirectory, 'mail')
  const names = await readdir(folder).catch(() => [])
  const files = await Promise.all(
    names.map(async (name) => ({
      name,
      written: (await stat(join(folder, name), { bigint: true })).mtimeNs,
    })),
  )
  files.sort((one, other) => Number(one.written - other.written))
  return Promise.all(files.map(async ({ name }) => parseMail(await readFile(join(folder, name)))))
}

/** What was mailed to one address. */
export async function mailsTo(world: Pick<World, 'db' | 'config'>, address: string): Promise<ReceivedMail[]> {
  return (await mailsOf(world)).filter(({ to }) => to.includes(address))
}

/** The link of the last mail to an address whose path begins so. */
export async function linkTo(
  world: Pick<World, 'db' | 'config'>,
  address: string,
  path: string,
): Promise<URL> {
  const links = (await mailsTo(world, address)).flatMap((mail) => mail.links).map((link) => new URL(link))
  const found = links.findLast(({ pathname }) => pathname.startsWith(path))
  if (found === undefined) throw new Error(`no link ${path} was mailed to ${address}`)
  return found
}

/** Reads a mail. */
export async function parseMail(raw: Uint8Array): Promise<ReceivedMail> {
  const parsed = await PostalMime.parse(raw)
  const text = parsed.text ?? ''
  return {
    to: (parsed.to ?? []).flatMap(({ address }) => address ?? []),
    subject: parsed.subject ?? '',
    text,
    html: parsed.html ?? '',
    messageId: parsed.messageId ?? '',
    links: text.match(/^https?:\/\/\S+$/gm) ?? [],
    parsed,
  }
}

/** Waits until every mail was handed over. */
export async function outboxEmpty({ db }: Pick<World, 'db'>): Promise<void> {
  await until(async () => {
    const waiting = await db.selectFrom('mails').select('kind').execute()
    return waiting.length === 0
  })
}
