/**
 * The short way to a decision: a caller that authenticates by its secret, as most do, is answered before Koa and the
 * provider see the request. Every other one is authenticated on the long way, and answered by the same words.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Refusal } from '../../platform/errors.ts'
import { requestIdOfCaller } from '../../platform/http/log-requests.ts'
import type { ObserveRequest } from '../../platform/http/log-requests.ts'
import { readSmallBody, send } from '../../platform/http/raw.ts'
import type { Callers } from '../callers.ts'
import { answerCall, answerError, answerLocally, endpoints, readCall } from './answer.ts'
import type { AccessParts, Answer, Endpoint } from './answer.ts'

/** What the short way needs. */
export interface AccessShortWayParts extends AccessParts {
  readonly callers: Callers
  /** The long way. */
  readonly next: RequestListener
  readonly headers: readonly (readonly [string, string])[]
  readonly observe: ObserveRequest
}

/** Puts the short way in front of the long one. */
export function createAccessShortWay(parts: AccessShortWayParts): RequestListener {
  const { callers, next, onError } = parts
  const common = [
    ...parts.headers,
    ['Content-Type', 'application/json; charset=utf-8'],
    ['Cache-Control', 'no-store'],
  ].flat()
  return (request, response) => {
    const endpoint = endpoints.get(request.url)
    const { authorization } = request.headers
    if (endpoint === undefined || authorization === undefined || !isOrdinary(request))
      return next(request, response)
    const startedAt = performance.now()
    const answer = (answered: Answer): void => {
      const { status, text } = answered
      const name = requestIdOfCaller(request)
      const headers = [...common, ...(name === undefined ? [] : ['X-Request-Id', name]), ...answered.headers]
      send(response, { status, body: text, headers })
      parts.observe(endpoint.route, 'POST', status, (performance.now() - startedAt) / 1000)
    }
    const refuse = (error: unknown): void => answer(answerError(error, onError))
    const serve = (callerId: string): void =>
      serveCaller(parts, { request, response, endpoint, callerId, answer, refuse })
    const known = callers.recall(authorization)
    if (known !== undefined) return serve(known.id)
    const recogniseFirst = async (): Promise<void> => {
      const caller = await callers.recognise(authorization)
      if (caller === undefined) next(request, response)
      else serve(caller.id)
    }
    recogniseFirst().catch((error: unknown) => {
      // Its body was not read, and would be taken for the next request.
      response.shouldKeepAlive = false
      refuse(error)
    })
  }
}

function isOrdinary({ method, headers }: IncomingMessage): boolean {
  const { authorization } = headers
  return (
    method === 'POST' &&
    headers['content-encoding'] === undefined &&
    headers.origin === undefined &&
    authorization?.slice(0, 6).toLowerCase() === 'basic '
  )
}

interface Served {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly endpoint: Endpoint
  readonly callerId: string
  readonly answer: (answered: Answer) => void
  readonly refuse: (error: unknown) => void
}

function serveCaller(parts: AccessParts, served: Served): void {
  const { request, response, endpoint, callerId, answer, refuse } = served
  const { maxBodyBytes } = endpoint
  readSmallBody(request, maxBodyBytes, (body) => {
    // Nothing that goes wrong in one request may reach the process.
    try {
      if (body === undefined) {
        response.shouldKeepAlive = false
        throw new Refusal('payload_too_large', `The body is larger than ${maxBodyBytes / 1024} KiB.`)
      }
      const call = readCall(parts, endpoint, { contentType: request.headers['content-type'], body })
      const known = answerLocally(parts, call, callerId)
      if (known !== undefined) return answer(known)
      answerCall(parts, call, callerId).then(answer).catch(refuse)
    } catch (error) {
      refuse(error)
    }
  })
}
