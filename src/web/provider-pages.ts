import { errors } from 'oidc-provider'
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider'
import { rememberError } from '../oidc/configuration.ts'
import type { ProviderPages } from '../oidc/configuration.ts'
import { errorPage, unavailablePage } from '../../views/error-page.ts'
import { signedOutPage, signOutPage } from '../../views/sign-in/sign-out-page.ts'
import { createDevicePages } from './device-pages.ts'
import type { Pages } from './pages.ts'

/** The pages the library asks for: errors that concern a person, and signing out. */
export function createProviderPages(pages: Pages): ProviderPages {
  return {
    ...createDevicePages(pages),
    error: (ctx, error, cause) => {
      rememberError(ctx, error)
      if (cause instanceof errors.SessionNotFound) return pages.signInOver(ctx)
      const requestId = String(ctx.state['requestId'] ?? '')
      const props = pages.propsFor(ctx, localesOf(ctx))
      const statusCode = ctx.status
      const page =
        statusCode === 503
          ? unavailablePage({ ...props, requestId })
          : errorPage({
              ...props,
              requestId,
              statusCode,
              code: error.error,
              description: descriptionOf(error),
            })
      pages.send(ctx, page, statusCode)
    },
    signOut: (ctx, xsrf) => {
      const page = signOutPage({
        ...pages.propsFor(ctx, localesOf(ctx)),
        action: '/oauth/logout/confirm',
        xsrf,
        clientName: ctx.oidc.client?.clientName,
      })
      pages.send(ctx, page)
    },
    signedOut: (ctx) => {
      const { client } = ctx.oidc
      const props = pages.propsFor(ctx, localesOf(ctx))
      const page = signedOutPage({ ...props, clientName: client?.clientName, continueUrl: client?.clientUri })
      pages.send(ctx, page)
    },
  }
}

function descriptionOf({ error_description: description }: ErrorOut): string | undefined {
  return description
}

/** The languages that the app asked for. */
export function localesOf(ctx: KoaContextWithOIDC): string | undefined {
  const locales = ctx.oidc.params?.['ui_locales']
  return typeof locales === 'string' ? locales : undefined
}
