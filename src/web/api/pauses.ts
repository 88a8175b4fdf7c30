/** What is paused and goes on: the pair of routes that disable a thing and enable it again. */
import type { z } from 'zod'
import { defineRoute } from './route.ts'
import type { Call, Route, RouteAnswer, RouteFacts } from './route.ts'

interface Pause<P extends z.ZodRawShape> extends Pick<RouteFacts, 'tag' | 'path' | 'scope' | 'answer'> {
  /** Whose operations these are: `api` gives `disable_api` and `enable_api`. */
  readonly of: string
  readonly params: P
  readonly disable: Change<P>
  readonly enable: Change<P>
}

interface Change<P extends z.ZodRawShape> {
  readonly summary: string
  readonly handle: (
    call: Call<z.output<z.ZodObject<P, z.core.$strict>>, Readonly<Record<string, unknown>>, unknown>,
  ) => Promise<RouteAnswer>
}

/** Declares the two, both answered with the thing as it is then. Who may do either, their handlers say. */
export function definePause<P extends z.ZodRawShape>(pause: Pause<P>): readonly Route[] {
  const { of, path, disable, enable, tag, scope, params, answer } = pause
  const common = { tag, method: 'POST', scope, params, status: 200, ...(answer && { answer }) } as const
  return [
    defineRoute({ ...common, id: `disable_${of}`, path: `${path}/disable`, ...disable }),
    defineRoute({ ...common, id: `enable_${of}`, path: `${path}/enable`, ...enable }),
  ]
}
