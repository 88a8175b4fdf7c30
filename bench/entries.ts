/** What is measured, in groups whose members take turns, and the bounds that hold. */
import type { ServerName } from './child.ts'
import {
  clientCredentials,
  codeExchange,
  evaluation,
  get,
  introspection,
  jwtIntrospection,
  keyIntrospection,
  keyVerification,
  otherKeys,
  otherTokens,
  plainForm,
  plainQuestion,
  refresh,
  signInPage,
  tokenVerification,
  userinfo,
} from './requests.ts'
import type { MakeSource } from './requests.ts'

/** One line of the table. */
export interface Entry {
  readonly name: string
  readonly server: ServerName
  readonly source: MakeSource
  /** The entry of the same group that it is compared with. */
  readonly floor?: string
  /** CPU time per request, as a multiple of the floor's. */
  readonly mostTimesFloor?: number
  /** Requests per second, as a multiple of another entry's of the same group. */
  readonly leastThroughput?: { readonly times: number; readonly of: string }
  /** SQL statements per request. Rows of clients, accounts and APIs are expected to cost none. */
  readonly mostStatements?: number
  /** Whether waiting at half of the capacity is measured too. */
  readonly paced?: boolean
}

const discovery = get(() => '/.well-known/openid-configuration')
const jwks = get((paths) => paths.jwks)
const hello = get(() => '/')
const row = get(() => '/row')

/** All measurements. Members of a group are measured in turns, forwards and then backwards. */
export const groups: readonly (readonly Entry[])[] = [
  [
    { name: 'koa: hello', server: 'koa', source: hello },
    { name: 'bare: discovery', server: 'bare', source: discovery },
    { name: 'discovery', server: 'latchkey', source: discovery, floor: 'bare: discovery', mostStatements: 0 },
    { name: 'bare: jwks', server: 'bare', source: jwks },
    { name: 'jwks', server: 'latchkey', source: jwks, floor: 'bare: jwks', mostStatements: 0 },
    { name: 'sign-in page', server: 'latchkey', source: signInPage, floor: 'koa: hello' },
  ],
  [
    { name: 'koa: form read', server: 'koa', source: plainForm },
    { name: 'bare: client credentials, opaque', server: 'bare', source: clientCredentials('opaqueApi') },
    {
      name: 'client credentials, opaque',
      server: 'latchkey',
      source: clientCredentials('opaqueApi'),
      floor: 'bare: client credentials, opaque',
      mostTimesFloor: 1.7,
      mostStatements: 1,
      paced: true,
    },
    { name: 'bare: client credentials, JWT', server: 'bare', source: clientCredentials('jwtApi') },
    {
      name: 'client credentials, JWT',
      server: 'latchkey',
      source: clientCredentials('jwtApi'),
      floor: 'bare: client credentials, JWT',
      mostTimesFloor: 1.2,
      mostStatements: 0,
      paced: true,
    },
  ],
  [
    { name: 'koa: one row', server: 'koa', source: row },
    { name: 'bare: introspection, service', server: 'bare', source: introspection('service') },
    {
      name: 'introspection, service',
      server: 'latchkey',
      source: introspection('service'),
      floor: 'bare: introspection, service',
      mostStatements: 2,
      paced: true,
    },
    { name: 'bare: introspection, account', server: 'bare', source: introspection('account') },
    {
      name: 'introspection, account',
      server: 'latchkey',
      source: introspection('account'),
      floor: 'bare: introspection, account',
      mostStatements: 3,
    },
    { name: 'bare: userinfo', server: 'bare', source: userinfo },
    { name: 'userinfo', server: 'latchkey', source: userinfo, floor: 'bare: userinfo', mostStatements: 2 },
  ],
  [
    { name: 'koa: question read', server: 'koa', source: plainQuestion },
    { name: 'bare: introspection', server: 'bare', source: introspection('service') },
    {
      name: 'introspection, token seen',
      server: 'latchkey',
      source: introspection('service'),
      floor: 'koa: question read',
      mostTimesFloor: 1.5,
      leastThroughput: { times: 5, of: 'bare: introspection' },
      mostStatements: 0,
      paced: true,
    },
    {
      name: 'introspection, JWT seen',
      server: 'latchkey',
      source: jwtIntrospection,
      floor: 'koa: question read',
      mostTimesFloor: 1.5,
      leastThroughput: { times: 5, of: 'bare: introspection' },
      mostStatements: 0,
      paced: true,
    },
    {
      name: 'introspection, key with limits seen',
      server: 'latchkey',
      source: keyIntrospection,
      floor: 'koa: question read',
      mostTimesFloor: 1.5,
      leastThroughput: { times: 5, of: 'bare: introspection' },
      mostStatements: 0,
      paced: true,
    },
  ],
  [
    { name: 'koa: hello to a gateway', server: 'koa', source: hello },
    {
      name: 'verify, token seen',
      server: 'latchkey',
      source: tokenVerification,
      floor: 'koa: hello to a gateway',
      mostTimesFloor: 1.5,
      mostStatements: 0,
      paced: true,
    },
    {
      name: 'verify, key seen',
      server: 'latchkey',
      source: keyVerification('plainKey'),
      floor: 'koa: hello to a gateway',
      mostTimesFloor: 1.5,
      mostStatements: 0,
      paced: true,
    },
    {
      name: 'verify, key with limits seen',
      server: 'latchkey',
      source: keyVerification('limitedKey'),
      floor: 'koa: hello to a gateway',
      mostTimesFloor: 1.5,
      mostStatements: 0,
      paced: true,
    },
  ],
  [
    { name: 'koa: evaluation read', server: 'koa', source: evaluation('koa') },
    {
      name: 'evaluation, token seen',
      server: 'latchkey',
      source: evaluation('latchkey'),
      floor: 'koa: evaluation read',
      mostTimesFloor: 1.5,
      mostStatements: 0,
    },
    {
      name: 'evaluations, ten of a token seen',
      server: 'latchkey',
      source: evaluation('latchkey', 10),
      floor: 'koa: evaluation read',
      mostStatements: 0,
    },
  ],
  [
    { name: 'koa: one row, asked by GET', server: 'koa', source: row },
    { name: 'koa: row of another token', server: 'koa', source: otherTokens(() => '/token-row') },
    {
      name: 'introspection, token not seen before',
      server: 'latchkey',
      source: otherTokens((paths) => paths.introspection),
      floor: 'koa: row of another token',
      leastThroughput: { times: 0.9, of: 'koa: row of another token' },
      mostStatements: 1,
      paced: true,
    },
    {
      name: 'introspection, key not seen before',
      server: 'latchkey',
      source: otherKeys,
      floor: 'koa: row of another token',
      leastThroughput: { times: 0.9, of: 'koa: row of another token' },
      mostStatements: 1,
      paced: true,
    },
  ],
  [
    { name: 'bare: code exchange', server: 'bare', source: codeExchange },
    {
      name: 'code exchange',
      server: 'latchkey',
      source: codeExchange,
      floor: 'bare: code exchange',
      mostStatements: 5,
      paced: true,
    },
    { name: 'bare: refresh', server: 'bare', source: refresh },
    {
      name: 'refresh',
      server: 'latchkey',
      source: refresh,
      floor: 'bare: refresh',
      mostStatements: 5,
      paced: true,
    },
  ],
]
