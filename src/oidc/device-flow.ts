/** The library's setting of the device flow (RFC 8628): how codes look, and which pages a person meets. */
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { forgetDeviceIn } from './consent.ts'
import { userCodeMask } from './device-requests.ts'
import { stateOf, textParameter } from './request-state.ts'

/** The pages of the device flow. */
export interface DevicePages {
  /** Where the code of a device is typed; `error` is why it is asked for again, and `xsrf` is there if the browser has a session. */
  readonly deviceCode: (ctx: KoaContextWithOIDC, xsrf: string | undefined, error?: Error) => void
  readonly deviceDone: (ctx: KoaContextWithOIDC) => void
}

/** Lets devices ask, with these pages for whoever lets them in. */
export function deviceFlow(pages: DevicePages) {
  const ask = (ctx: KoaContextWithOIDC, error?: Error) => {
    const { session } = ctx.oidc
    // The library gives the page of an error a secret, and then fails to save a session that is new. So that one gets none.
    const isLost = error !== undefined && session?.exp === undefined
    if (isLost && session !== undefined) Reflect.set(session, 'touched', false)
    pages.deviceCode(ctx, isLost ? undefined : textParameter(session?.state, 'secret'), error)
  }
  return {
    enabled: true,
    charset: 'base-20',
    mask: userCodeMask,
    deviceInfo: (ctx) => ({
      address: stateOf(ctx).address,
      program: ctx.get('user-agent').slice(0, 200).toWellFormed() || undefined,
    }),
    userCodeInputSource: async (ctx, _form, _out, error) => ask(ctx, error),
    // The page of the consent confirms, after the sign-in. Without its hint a form comes from nowhere of ours.
    userCodeConfirmSource: async (ctx) => ask(ctx),
    successSource: async (ctx) => {
      forgetDeviceIn(ctx)
      pages.deviceDone(ctx)
    },
  } satisfies NonNullable<Configuration['features']>['deviceFlow']
}
