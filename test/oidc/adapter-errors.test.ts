import { errors } from 'oidc-provider'
import { expect, test } from 'vitest'
import { withOAuthErrors } from '../../src/oidc/adapter-errors.ts'

test('R4: a database that is away is temporarily_unavailable to the library, and 503', async () => {
  const lost = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const work = withOAuthErrors(async (_id: string): Promise<string> => {
    throw lost
  })
  await expect(work('x')).rejects.toThrow(errors.TemporarilyUnavailable)
  await expect(work('x')).rejects.toMatchObject({ statusCode: 503, cause: lost })
})

test('what is not the database stays what it is, and what works is untouched', async () => {
  const bug = new TypeError('a bug')
  const broken = withOAuthErrors(async (): Promise<string> => {
    throw bug
  })
  await expect(broken()).rejects.toBe(bug)
  await expect(withOAuthErrors(async (a: number, b: number) => a + b)(1, 2)).resolves.toBe(3)
})
