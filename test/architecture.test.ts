import { readFileSync } from 'node:fs'
import { globSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

/** Which floors a floor may import from, besides itself. */
const floors: Readonly<Record<string, readonly string[]>> = {
  'src/platform': [],
  'src/config.ts': ['src/platform', 'src/config'],
  'src/config': ['src/platform'],
  'src/domain': ['src/platform'],
  'src/oidc': ['src/platform', 'src/domain', 'src/config.ts'],
  views: [],
  'src/web': ['src/platform', 'src/domain', 'src/oidc', 'src/config.ts', 'views'],
  'src/composition': ['src/platform', 'src/domain', 'src/oidc', 'src/web', 'src/config.ts'],
  'src/server.ts': ['src/platform', 'src/domain', 'src/web', 'src/config.ts', 'src/composition'],
  'src/trying.ts': ['src/platform', 'src/config.ts', 'src/start'],
  'src/demo.ts': ['src/platform', 'src/domain', 'src/config.ts', 'src/start'],
  'src/start': [
    'src/platform',
    'src/domain',
    'src/web',
    'src/config.ts',
    'src/server.ts',
    'src/composition',
    'src/trying.ts',
    'src/demo.ts',
  ],
  'src/main.ts': [
    'src/platform',
    'src/config.ts',
    'src/start',
    'src/server.ts',
    'src/trying.ts',
    'src/demo.ts',
  ],
  'src/cli': [
    'src/platform',
    'src/domain',
    'src/oidc',
    'src/composition',
    'src/config.ts',
    'src/trying.ts',
    'src/start',
  ],
}

/** Rooms of the domain stand beside each other; these are the ones that others may stand on. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  audit: [],
  limits: [],
  activity: [],
  'signing-keys': ['audit'],
  mail: ['audit'],
  accounts: ['audit', 'mail'],
  'second-factors': ['audit', 'limits'],
  devices: ['audit'],
  settings: ['audit'],
  clients: ['audit'],
  'web-sessions': [],
  apis: ['audit'],
  'api-keys': ['audit', 'apis', 'owner-notices'],
  'owner-notices': ['audit', 'mail'],
  administration: ['audit', 'apis'],
  declared: ['audit', 'clients', 'apis', 'settings'],
  credentials: ['audit', 'limits', 'activity', 'accounts', 'clients', 'apis', 'api-keys'],
}

/** Doors never open onto each other. What they share stands beside them. */
const sharedByDoors = /^src\/web\/[\w-]+\.ts$/

interface Edge {
  readonly from: string
  readonly to: string
  readonly specifier: string
}

const root = join(import.meta.dirname, '..')
const edges: readonly Edge[] = globSync(['src/**/*.ts', 'views/**/*.ts'], { cwd: root }).flatMap((from) => {
  const text = readFileSync(join(root, from), 'utf8')
  return [...text.matchAll(/(?:from|import) '([^']+)'/g)].map(([, specifier = '']) => ({
    from,
    specifier,
    to: specifier.startsWith('.') ? normalize(join(dirname(from), specifier)) : '',
  }))
})

function keyOf(table: Readonly<Record<string, unknown>>, path: string): string {
  const key = Object.keys(table).find((name) => path === name || path.startsWith(`${name}/`))
  if (key === undefined) throw new Error(`${path} stands on no floor`)
  return key
}

function violations(isWrong: (edge: Edge) => boolean): string[] {
  return edges.filter(isWrong).map(({ from, to, specifier }) => `${from} imports ${to || specifier}`)
}

test('imports point down: no floor knows one above it', () => {
  expect(
    violations(({ from, to }) => {
      if (to === '') return false
      const [here, there] = [keyOf(floors, from), keyOf(floors, to)]
      return here !== there && floors[here]?.includes(there) !== true
    }),
  ).toEqual([])
})

test('rooms of the domain know only the rooms they stand on', () => {
  const roomOf = (path: string): string | undefined => /^src\/domain\/([\w-]+)\//.exec(path)?.[1]
  expect(
    violations(({ from, to }) => {
      const [here, there] = [roomOf(from), roomOf(to)]
      if (here === undefined || there === undefined || here === there) return false
      return rooms[here]?.includes(there) !== true
    }),
  ).toEqual([])
})

test('doors never open onto each other', () => {
  const doorOf = (path: string): string | undefined => /^src\/web\/([\w-]+)\//.exec(path)?.[1]
  expect(
    violations(({ from, to }) => {
      const [here, there] = [doorOf(from), doorOf(to)]
      return here !== undefined && there !== undefined && here !== there && !sharedByDoors.test(to)
    }),
  ).toEqual([])
})

test('one file imports the database driver, and only our oidc floor and the doors that finish its work import the provider', () => {
  expect(
    violations(({ from, specifier }) => specifier === 'pg' && from !== 'src/platform/db/open.ts'),
  ).toEqual([])
  expect(
    violations(({ from, specifier }) => specifier === 'oidc-provider' && !/^src\/(oidc|web)\//.test(from)),
  ).toEqual([])
  expect(violations(({ specifier }) => specifier.startsWith('oidc-provider/'))).toEqual([])
})

test('only the configuration reads the environment', () => {
  const readers = globSync(['src/**/*.ts', 'views/**/*.ts'], { cwd: root }).filter((file) =>
    /process\.env\b/.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(
    readers.filter(
      (file) => !['src/main.ts', 'src/cli/main.ts', 'src/config.ts', 'src/cli/context.ts'].includes(file),
    ),
  ).toEqual([])
})

test('only our crypto, and what is said here by name, touches node:crypto', () => {
  const users = [
    ...new Set(edges.filter(({ specifier }) => specifier === 'node:crypto').map(({ from }) => from)),
  ]
  // ASVS 11.1.3: the inventory of places that use cryptography.
  expect(users.filter((file) => !file.startsWith('src/platform/crypto/')).sort()).toMatchInlineSnapshot(`
    [
      "src/domain/accounts/foreign-hashes.ts",
      "src/domain/accounts/password.ts",
      "src/domain/clients/jwks.ts",
      "src/domain/signing-keys/material.ts",
      "src/oidc/provider-key.ts",
      "src/platform/db/embedded-cluster.ts",
      "src/platform/db/embedded-home.ts",
      "src/platform/db/migrate.ts",
      "src/start/private-file.ts",
      "src/trying.ts",
      "src/web/leaks/github-keys.ts",
      "views/assets.ts",
    ]
  `)
})
