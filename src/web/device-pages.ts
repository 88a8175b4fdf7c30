/** The pages that the library asks for while a device is let in. */
import { errors } from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { ProviderPages } from '../oidc/configuration.ts'
import { stateOf, textParameter } from '../oidc/request-state.ts'
import { unavailablePage } from '../../views/error-page.ts'
import { deviceCodePage, deviceDeniedPage, deviceDonePage } from '../../views/sign-in/device-page.ts'
import type { DeviceCodePageProps } from '../../views/sign-in/device-page.ts'
import type { Pages } from './pages.ts'

/** Where the code of a device is typed. */
export const devicePath = '/device'

/** Makes them. */
export function createDevicePages(pages: Pages): Pick<ProviderPages, 'deviceCode' | 'deviceDone'> {
  return {
    deviceCode: (ctx, xsrf, error) => {
      const props = pages.propsFor(ctx)
      if (error?.name === 'AbortedError') {
        return pages.send(ctx, deviceDeniedPage({ ...props, againUrl: devicePath }))
      }
      if (error !== undefined && isTrouble(ctx)) return trouble(pages, ctx)
      if (error instanceof errors.SessionNotFound) return pages.signInOver(ctx)
      const problem = error === undefined ? undefined : problemOf(ctx, error)
      const userCode = stateOf(ctx).typedUserCode ?? textParameter(ctx.oidc.params, 'user_code')
      // A browser without our cookie is given one by the page itself.
      if (xsrf === undefined) return startOver(ctx, userCode)
      const page = deviceCodePage({
        ...props,
        action: devicePath,
        xsrf,
        userCode: userCode?.slice(0, 40),
        problem,
      })
      return pages.send(ctx, page, problem === undefined ? 200 : 400)
    },
    deviceDone: (ctx) => pages.send(ctx, deviceDonePage(pages.propsFor(ctx))),
  }
}

function startOver(ctx: KoaContextWithOIDC, userCode = ''): void {
  ctx.status = 303
  ctx.redirect(`${devicePath}?${new URLSearchParams({ user_code: userCode.slice(0, 40) }).toString()}`)
}

/** The library has set the status of the error already. */
function isTrouble(ctx: KoaContextWithOIDC): boolean {
  return ctx.status >= 500
}

function trouble(pages: Pages, ctx: KoaContextWithOIDC): void {
  const requestId = String(ctx.state['requestId'] ?? '')
  pages.send(ctx, unavailablePage({ ...pages.propsFor(ctx), requestId }), ctx.status)
}

/** Why the code is asked for again: a form of another page, nothing typed, or a code that is none for this browser. */
function problemOf({ oidc }: KoaContextWithOIDC, error: Error): DeviceCodePageProps['problem'] {
  if (error.name === 'NoCodeError') return 'missing'
  const isOfAnotherPage = error instanceof errors.InvalidRequest && foreignForms.has(error.error_description)
  return isOfAnotherPage && oidc.route === 'code_verification' ? 'again' : 'unusable'
}

// The library's words for a form whose secret is not the session's.
const foreignForms = new Set<string | undefined>(['could not find device form details', 'xsrf token invalid'])
