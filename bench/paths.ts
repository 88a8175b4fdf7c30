import type { ServerName } from './child.ts'

/** The paths of the protocol; those of the bare library are its defaults. */
export interface Paths {
  readonly token: string
  readonly introspection: string
  readonly userinfo: string
  readonly jwks: string
}

/** Where each server has its endpoints. */
export const pathsOf: Readonly<Record<ServerName, Paths>> = {
  koa: { token: '/', introspection: '/', userinfo: '/', jwks: '/' },
  bare: { token: '/token', introspection: '/token/introspection', userinfo: '/me', jwks: '/jwks' },
  latchkey: {
    token: '/oauth/token',
    introspection: '/oauth/introspect',
    userinfo: '/oauth/userinfo',
    jwks: '/oauth/jwks',
  },
}
