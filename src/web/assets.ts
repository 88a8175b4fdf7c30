import { readFileSync } from 'node:fs'
import type { Context, Middleware } from 'koa'
import { assets } from '../../views/assets.ts'
import type { Brand, BrandFile } from '../../views/brand.ts'

type ServedFile = Pick<BrandFile, 'body' | 'contentType'>

const forEver = 'public, max-age=31536000, immutable'
const anyBrandStylesheet = /^\/assets\/brand\.[0-9a-f]{16}\.css$/

/** Serves the pages' few files from memory. Their address holds their hash, so they may be kept for ever. */
export function serveAssets(brand: () => Brand): Middleware {
  const files = new Map<string, ServedFile>(
    Object.entries(assets).map(([path, { file, contentType }]) => [
      path,
      { body: readFileSync(file), contentType },
    ]),
  )
  return (ctx, next) => {
    const isAsked = ctx.path.startsWith('/assets/') && (ctx.method === 'GET' || ctx.method === 'HEAD')
    if (!isAsked) return next()
    const { files: ofBrand, stylesheet } = brand()
    const file = files.get(ctx.path) ?? ofBrand.find(({ path }) => path === ctx.path)
    if (file !== undefined) return send(ctx, file, forEver)
    // A page from a moment ago, or of an instance that hears of a change a moment earlier: it gets the colours of now.
    if (anyBrandStylesheet.test(ctx.path)) return send(ctx, stylesheet, 'no-store')
    return next()
  }
}

function send(ctx: Context, { body, contentType }: ServedFile, cacheControl: string): void {
  ctx.set('Cache-Control', cacheControl)
  ctx.set('Content-Type', contentType)
  ctx.body = body
}
