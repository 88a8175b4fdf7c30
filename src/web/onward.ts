/**
 * The library sends some answers on by a form that submits itself (`response_mode=form_post`, and the change of a session from
 * one person to another). Its page has an inline script and no style; ours says the same with neither.
 */
import type { Middleware } from 'koa'
import { onwardPage } from '../../views/onward-page.ts'
import type { Pages } from './pages.ts'
import { localesOf } from './provider-pages.ts'
import { providerContext } from '../oidc/request-state.ts'

/** Where the library answers with such forms. */
const paths = ['/oauth/authorize', '/oauth/logout', '/device']

/** Around the protocol: gives its forms a page. What is not exactly such a form is left as it is. */
export function createOnwardPages(pages: Pages): Middleware {
  return async (ctx, next) => {
    if (!paths.some((path) => ctx.path.startsWith(path))) return next()
    // Kept, because the library would allow its script in it.
    const policy = ctx.response.get('Content-Security-Policy')
    await next()
    const form = typeof ctx.body === 'string' && 'oidc' in ctx ? formOf(ctx.body) : undefined
    if (form === undefined) return undefined
    if (policy !== '') ctx.set('Content-Security-Policy', policy)
    const props = pages.propsFor(ctx, localesOf(providerContext(ctx)))
    pages.send(ctx, onwardPage({ ...props, ...form }), ctx.status)
    return undefined
  }
}

interface OnwardForm {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
}

/** The form of the library's page, in the words that the library uses for nothing else. */
function formOf(body: string): OnwardForm | undefined {
  if (!body.startsWith('<!DOCTYPE html>') || !body.includes('<title>Submitting Callback</title>'))
    return undefined
  const action = /<form method="post" action="([^"]*)">/.exec(body)?.[1]
  if (action === undefined) return undefined
  const inputs = body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"\/>/g)
  return {
    action: unescaped(action),
    fields: Object.fromEntries([...inputs].map(([, name = '', value = '']) => [name, unescaped(value)])),
  }
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
}

function unescaped(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity)
}
