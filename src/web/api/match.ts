import type { Context } from 'koa'
import { Refusal } from '../../platform/errors.ts'
import type { Raw, Route } from './route.ts'

/** A route and what its path names. */
export interface Match {
  readonly route: Route
  readonly params: Raw
}

interface Pattern {
  readonly route: Route
  readonly segments: readonly string[]
}

/** Finds the route of a request. Words win over parameters; an address that knows other methods says which. */
export function createMatcher(routes: readonly Route[]): (ctx: Context, path: string) => Match {
  const patterns: Pattern[] = routes
    .map((route) => ({ route, segments: route.path.split('/') }))
    .sort((left, right) => parametersOf(left.segments) - parametersOf(right.segments))
  return (ctx, path) => {
    const segments = path.split('/').map(decode)
    const fitting = patterns.flatMap(({ route, segments: pattern }) => {
      const params = paramsOf(pattern, segments)
      return params === undefined ? [] : [{ route, params }]
    })
    if (fitting.length === 0) throw new Refusal('not_found', 'There is nothing at this address.')
    const method = ctx.method === 'HEAD' ? 'GET' : ctx.method
    const match = fitting.find(({ route }) => route.method === method)
    if (match !== undefined) return match
    const allowed = fitting.map(({ route }) => route.method)
    ctx.set('Allow', [...new Set(allowed.includes('GET') ? [...allowed, 'HEAD'] : allowed)].join(', '))
    throw new Refusal('method_not_allowed', 'This address knows other methods.')
  }
}

function paramsOf(pattern: readonly string[], segments: readonly (string | undefined)[]): Raw | undefined {
  if (pattern.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [at, wanted] of pattern.entries()) {
    const given = segments[at]
    if (given === undefined) return undefined
    const name = /^\{(\w+)\}$/.exec(wanted)?.[1]
    if (name === undefined && wanted !== given) return undefined
    if (name !== undefined && given === '') return undefined
    if (name !== undefined) params[name] = given
  }
  return params
}

function parametersOf(segments: readonly string[]): number {
  return segments.filter((segment) => segment.startsWith('{')).length
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
