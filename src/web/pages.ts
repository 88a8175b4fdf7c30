import type { Context } from 'koa'
import type { Config } from '../config.ts'
import type { Refusal } from '../platform/errors.ts'
import { readBrand } from './brand-files.ts'
import type { BrandPolicy } from './brand-files.ts'
import type { Brand } from '../../views/brand.ts'
import type { PageProps } from '../../views/components/layout.ts'
import {
  errorPage,
  notFoundPage,
  signInOverPage,
  tooManyRequestsPage,
  unavailablePage,
} from '../../views/error-page.ts'
import { renderHtml } from '../../views/html.ts'
import type { Html } from '../../views/html.ts'
import { problemText } from '../../views/messages/problems.ts'
import { chooseLanguage } from '../../views/messages/choose-language.ts'

/** How doors answer with pages: in the visitor's language, under the installation's brand. */
export interface Pages {
  /** As it is now. */
  readonly brand: () => Brand
  /** What every page takes, for this request; `uiLocales` is the OpenID Connect parameter. */
  readonly propsFor: (ctx: Context, uiLocales?: string) => PageProps
  readonly send: (ctx: Context, page: Html, status?: number) => void
  readonly problem: (ctx: Context, refusal: Refusal) => void
  /** For a sign-in that is finished, expired or somebody else's: all the same to whoever asks (T15). */
  readonly signInOver: (ctx: Context) => void
}

/** Prepares the pages of an installation. Throws what {@link readBrand} throws. */
export function createPages(config: Config, policy: () => BrandPolicy): Pages {
  const brandNow = readBrand(config, policy)
  brandNow()
  const propsFor = (ctx: Context, uiLocales?: string): PageProps => {
    const acceptLanguage = ctx.get('accept-language')
    const brand = brandNow()
    return { brand, messages: brand.messagesFor(chooseLanguage({ uiLocales, acceptLanguage })) }
  }
  return {
    brand: brandNow,
    propsFor,
    send: sendPage,
    signInOver: (ctx) => {
      const requestId = String(ctx.state['requestId'] ?? '')
      sendPage(ctx, signInOverPage({ ...propsFor(ctx), requestId }), 400)
    },
    problem: (ctx, refusal) => sendPage(ctx, problemPage(ctx, refusal, propsFor(ctx)), refusal.status),
  }
}

function sendPage(ctx: Context, page: Html, status = 200): void {
  ctx.status = status
  ctx.type = 'text/html; charset=utf-8'
  // Pages are made for one person at one moment.
  ctx.set('Cache-Control', 'no-store')
  ctx.set('Vary', 'Accept-Language')
  ctx.body = renderHtml(page)
}

function problemPage(ctx: Context, refusal: Refusal, props: PageProps): Html {
  const requestId = String(ctx.state['requestId'] ?? '')
  const { retryAfterSeconds } = refusal
  switch (refusal.code) {
    case 'not_found':
      return notFoundPage({ ...props, requestId })
    case 'rate_limited':
      return tooManyRequestsPage({ ...props, requestId, retryAfterSeconds })
    case 'temporarily_unavailable':
      return unavailablePage({ ...props, requestId, retryAfterSeconds })
    default:
      return errorPage({
        ...props,
        requestId,
        code: refusal.code,
        description: problemText(props.messages, refusal.message),
        statusCode: refusal.status,
      })
  }
}
