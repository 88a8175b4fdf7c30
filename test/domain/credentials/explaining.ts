/** What would happen, beside what happens: an explanation and the real answer to the same question, held together. */
import { expect } from 'vitest'
import { requireApi } from '../../../src/domain/apis/api.ts'
import { findPresentedKeys } from '../../../src/domain/api-keys/presented.ts'
import { disableApiKey, enableApiKey } from '../../../src/domain/api-keys/lifecycle.ts'
import { systemAct } from '../../../src/domain/audit/act.ts'
import { createDirectory } from '../../../src/domain/credentials/directory.ts'
import { explain } from '../../../src/domain/credentials/explain.ts'
import type { ExplainParts } from '../../../src/domain/credentials/explain.ts'
import type { Explanation, StepName } from '../../../src/domain/credentials/explanation.ts'
import { readQuestion } from '../../../src/domain/credentials/introspect.ts'
import { parsePermissionQuery } from '../../../src/domain/credentials/permission-query.ts'
import { createLeases } from '../../../src/domain/limits/leases.ts'
import { createJwtReader, findJwtEnds, findPresentedJwt } from '../../../src/oidc/jwt-access-tokens.ts'
import type { JwtEndQuestion } from '../../../src/oidc/jwt-access-tokens.ts'
import { findPresentedTokens } from '../../../src/oidc/presented-tokens.ts'
import { whyNoJwt, whyNoToken } from '../../../src/oidc/token-problems.ts'
import { makeApiKey, making } from '../../support/api-keys.ts'
import { basicWays } from '../../support/introspection.ts'
import { until } from '../../support/until.ts'
import type { TestApi, TestClient, World } from '../../support/world.ts'
import { createChanges } from './support.ts'

/** What a caller says besides the credential. */
export interface Asked {
  readonly required_scope?: string
  readonly client_ip?: string
  readonly cost?: string
}

/** An instance that explains, and a server that answers. */
export interface Explaining {
  readonly parts: ExplainParts
  /** What would happen; as another API asks, if one is named. */
  readonly explained: (credential: string, asked?: Asked, asking?: TestApi) => Promise<Explanation>
  /** What happens. */
  readonly real: (caller: TestClient, credential: string, asked?: Asked) => Promise<string>
  /** Both, which come to the same: the same bytes, and steps that lead to them. */
  readonly agree: (caller: TestClient, credential: string, asked?: Asked) => Promise<Explanation>
  /** Waits until the server has heard of everything that was changed so far: changes are heard in their order. */
  readonly heard: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Opens an instance that explains beside the servers of a world. */
export async function openExplaining(world: World, now = () => new Date()): Promise<Explaining> {
  const changes = createChanges()
  // Nothing is remembered here: what the database says counts at once.
  changes.lose()
  const { db, issuer } = world
  const leases = createLeases({ db, now, onError: () => {} })
  const jwks: unknown = await (await fetch(`${issuer}/oauth/jwks`)).json()
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server's own key set
  const reader = createJwtReader(issuer, jwks as Parameters<typeof createJwtReader>[1])
  const parts: ExplainParts = {
    db,
    issuer,
    leases,
    resolving: {
      directory: createDirectory({ db, changes, maxEntries: 10 }),
      findToken: async (hash) => (await findPresentedTokens(db, [hash]))[0],
      findJwt: (token) => {
        const findEnd = async (asked: JwtEndQuestion) => (await findJwtEnds(db, [asked]))[0]
        return findPresentedJwt({ findEnd, reader }, token)
      },
      findKey: async (id) => (await findPresentedKeys(db, [id]))[0],
      keyPrefix: 'lk',
      peppers: making.peppers,
      now,
    },
    whyNoToken: (hash) => whyNoToken(db, hash),
    whyNoJwt: (token) => whyNoJwt({ db, issuer, reader, now: now() }, token),
  }
  const explained: Explaining['explained'] = async (credential, asked = {}, asking) => {
    const question = readQuestion(asked, parsePermissionQuery)
    if (question === undefined) throw new Error('the question makes no sense')
    return explain(parts, {
      credential,
      ...question,
      requirement: asked.required_scope,
      api: asking === undefined ? undefined : await requireApi(db, asking.id),
    })
  }
  const real: Explaining['real'] = async (caller, credential, asked = {}) => {
    const [way] = basicWays(world, caller)
    return (await way?.ask({ token: credential, ...asked }))?.text ?? ''
  }
  return {
    parts,
    explained,
    real,
    agree: async (caller, credential, asked = {}) => {
      const explanation = await explained(credential, asked)
      leadsTo(explanation, await real(caller, credential, asked), asked)
      return explanation
    },
    heard: await openMarker(world),
    close: () => leases.close(),
  }
}

/**
 * A key that is disabled behind all other changes, until the server says so. It was good a moment ago, and only what is good
 * is remembered: either the server heard of the disabling, or already of the enabling, which came after those changes too.
 */
async function openMarker(world: World): Promise<() => Promise<void>> {
  const { db } = world
  const client = await world.makeClient({ metadata: { grant_types: [] } })
  const owner = { type: 'client', id: client.id } as const
  const api = await world.makeApi({ scopes: ['read'], introspectors: [client] })
  await world.permit(owner, api, ['read'])
  const { id, text } = await makeApiKey(world, { owner, api })
  const [way] = basicWays(world, client)
  const isGood = async () => (await way?.ask({ token: text }))?.body['active'] === true
  await disableApiKey(db, id, systemAct(new Date()))
  return async () => {
    await enableApiKey(db, id, systemAct(new Date()))
    await until(isGood)
    await disableApiKey(db, id, systemAct(new Date()))
    await until(async () => !(await isGood()))
  }
}

/** Where it failed and why; `accepted` if it did not. */
export function verdictOf({ steps }: Explanation): string {
  const failed = steps.find((step) => step.outcome === 'failed')
  return failed?.outcome === 'failed' ? `${failed.name}: ${failed.reason.code}` : 'accepted'
}

const order: readonly StepName[] = ['credential', 'audience', 'owner', 'address', 'permission', 'limits']

function leadsTo(explanation: Explanation, answer: string, asked: Asked): void {
  // How long there is to wait may have passed a second meanwhile.
  const withoutWait = (text: string) => text.replace(/"retry_after":\d+/, '"retry_after":0')
  expect(withoutWait(explanation.answer)).toBe(withoutWait(answer))
  expect(explanation.steps.map(({ name }) => name)).toEqual(order)
  const failedAt = explanation.steps.findIndex(({ outcome }) => outcome === 'failed')
  const expected = order.map((_, at) =>
    failedAt === -1 || at < failedAt ? 'passed' : at === failedAt ? 'failed' : 'not_reached',
  )
  expect(explanation.steps.map(({ outcome }) => outcome)).toEqual(expected)
  expect(verdictOf(explanation)).not.toContain('changed_meanwhile')
  const body: { active: boolean; decision?: { allow: boolean; reason?: string } } = JSON.parse(answer)
  expect(explanation.accepted).toBe(body.active && body.decision?.allow !== false)
  expect(failedAt === -1).toBe(explanation.accepted)
  // What is told to the API with a reason fails in one of the last three steps; what is not told, for those who ask, before.
  if (body.decision?.allow === false) {
    const said = {
      address_not_allowed: /^address: address_(?:out|missing)$/,
      insufficient_scope: /^permission: permission_lacking$/,
      rate_limited: /^limits: rate_limited$/,
      quota_exceeded: /^limits: quota_exceeded$/,
    }
    expect(verdictOf(explanation)).toMatch(said[body.decision.reason as keyof typeof said])
  } else if (!body.active && Object.keys(asked).length > 0) expect(failedAt).toBeLessThan(3)
}
