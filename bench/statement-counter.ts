/**
 * Counts the SQL statements that requests cause, `begin` and `commit` included: the driver's `query` is wrapped, and
 * what is not done on behalf of a request (heartbeats, jobs) is told apart by the asynchronous context it runs in.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { EventEmitter } from 'node:events'
import { Client } from 'pg'

/** A running count. */
export interface StatementCount {
  /** The statements so far by name, or by text where they have none, in the order they came. */
  readonly statements: readonly string[]
  readonly stop: () => void
}

const requestBegins = 'http.server.request.start'

/** Counts in this process from now on, for all requests that begin from now on. */
export function countStatements(): StatementCount {
  const statements: string[] = []
  const inRequest = new AsyncLocalStorage<true>()
  const onRequest = (message: unknown): void => {
    inRequest.enterWith(true)
    // What is told of the body comes from the connection, which knows no request.
    const { request } = message as { readonly request: EventEmitter }
    request.emit = AsyncLocalStorage.bind(request.emit.bind(request))
  }
  const { prototype } = Client
  const original = Reflect.get(prototype, 'query') as (...values: unknown[]) => unknown
  const counting = function query(this: unknown, ...values: unknown[]): unknown {
    if (inRequest.getStore() === true) statements.push(describe(values[0]))
    return original.apply(this, values)
  }
  subscribe(requestBegins, onRequest)
  Reflect.set(prototype, 'query', counting)
  return {
    statements,
    stop: () => {
      unsubscribe(requestBegins, onRequest)
      Reflect.set(prototype, 'query', original)
    },
  }
}

function describe(query: unknown): string {
  if (typeof query === 'string') return query
  const { name, text } = query as { readonly name?: string; readonly text?: string }
  return name ?? text ?? 'unknown'
}
