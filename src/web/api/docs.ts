/** What the management API says of itself, to programs and to people. Anybody may read it: it is the same for everybody. */
import type { Context, Middleware } from 'koa'
import { apiDocsPage } from '../../../views/api-docs/api-docs-page.ts'
import { statusOfCode } from '../../platform/errors.ts'
import type { RefusalCode } from '../../platform/errors.ts'
import type { Pages } from '../pages.ts'
import { documentedSections } from './documented.ts'
import { openApiDocument } from './openapi.ts'
import { problemTitles } from './problem.ts'
import type { Route } from './route.ts'

const documentPath = '/api/openapi.json'
const pagePath = '/api/docs'

/** Serves `/api/openapi.json` and `/api/docs`, both made of the routes once. */
export function createApiDocs(
  routes: readonly Route[],
  { issuer, pages }: { readonly issuer: string; readonly pages: Pick<Pages, 'propsFor' | 'send'> },
): Middleware {
  const document = openApiDocument(routes, issuer)
  const text = JSON.stringify(document)
  const shown = {
    address: `${issuer}/api/v1`,
    documentPath,
    sections: documentedSections(document),
    problems: Object.entries(problemTitles).flatMap(([code, title]) =>
      isCode(code) ? [{ code, title, status: statusOfCode[code] }] : [],
    ),
  }
  return (ctx, next) => {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next()
    if (ctx.path === documentPath) return sendDocument(ctx, text)
    if (ctx.path !== pagePath) return next()
    pages.send(ctx, apiDocsPage({ ...pages.propsFor(ctx), ...shown }))
    return undefined
  }
}

function sendDocument(ctx: Context, text: string): undefined {
  ctx.set('Cache-Control', 'public, max-age=300')
  ctx.type = 'application/json'
  ctx.body = text
}

function isCode(code: string): code is RefusalCode {
  return Object.hasOwn(statusOfCode, code)
}
