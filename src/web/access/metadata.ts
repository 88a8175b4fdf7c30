import type { Middleware } from 'koa'

/** Where the decisions are (AuthZEN 1.0 §9). Searches are not there, so they are not named. */
export function createAccessMetadata(issuer: string): Middleware {
  const text = JSON.stringify({
    policy_decision_point: issuer,
    access_evaluation_endpoint: `${issuer}/access/v1/evaluation`,
    access_evaluations_endpoint: `${issuer}/access/v1/evaluations`,
  })
  return (ctx, next) => {
    const isAsked = ctx.method === 'GET' || ctx.method === 'HEAD'
    if (!isAsked || ctx.path !== '/.well-known/authzen-configuration') return next()
    // As public as the other documents: whoever wants to know where to ask may.
    ctx.set('Access-Control-Allow-Origin', '*')
    ctx.set('Content-Type', 'application/json; charset=utf-8')
    ctx.body = text
    return undefined
  }
}
