import { readFileSync } from 'node:fs'
import type { Middleware } from 'koa'
import { assets } from '../../views/assets.ts'
import type { Brand } from '../../views/brand.ts'

interface ServedFile {
  readonly body: Buffer
  readonly contentType: string
}

/** Serves the pages' few files from memory. Their address holds their hash, so they may be kept for ever. */
export function serveAssets(brand: Brand): Middleware {
  const files = new Map<string, ServedFile>(
    Object.entries(assets).map(([path, { file, contentType }]) => [
      path,
      { body: readFileSync(file), contentType },
    ]),
  )
  for (const { path, body, contentType } of brand.files) {
    files.set(path, { body: typeof body === 'string' ? Buffer.from(body) : body, contentType })
  }
  return (ctx, next) => {
    const file = ctx.path.startsWith('/assets/') ? files.get(ctx.path) : undefined
    if (file === undefined || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return next()
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable')
    ctx.set('Content-Type', file.contentType)
    ctx.body = file.body
    return undefined
  }
}
