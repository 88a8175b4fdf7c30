/**
 * What an app asks a person for, and which of it was allowed. Scopes that the app can do without have a box each; the rest is
 * allowed or refused together.
 */
import type { Grant } from 'oidc-provider'
import { z } from 'zod'
import { claimsOfScope } from '../../domain/accounts/claims.ts'
import type { Consent } from '../../oidc/grants.ts'
import { textParameter } from '../../oidc/request-state.ts'
import type { Interaction } from './interaction.ts'

/** What was not agreed to yet. */
export interface Wishes {
  readonly scopes: readonly string[]
  readonly claims: readonly string[]
  readonly resources: Readonly<Record<string, readonly string[]>>
}

const promptDetails = z.object({
  missingOIDCScope: z.array(z.string()).default([]),
  missingOIDCClaims: z.array(z.string()).default([]),
  missingResourceScopes: z.record(z.string(), z.array(z.string())).default({}),
})

/** What is asked for: what is missing, and once more what was refused, since the page is shown anyway. */
export function wishesOf(interaction: Interaction, grant: Grant | undefined): Wishes {
  const missing = promptDetails.parse(interaction.prompt.details)
  const requested = requestedScopes(interaction)
  const again = (rejected: string) => words(rejected).filter((name) => requested.includes(name))
  const resources = new Map(Object.entries(missing.missingResourceScopes))
  for (const resource of resourcesOf(interaction)) {
    const refused = again(grant?.getRejectedResourceScope(resource) ?? '')
    if (refused.length > 0) resources.set(resource, union(resources.get(resource) ?? [], refused))
  }
  return {
    scopes: union(missing.missingOIDCScope, again(grant?.getRejectedOIDCScope() ?? '')),
    claims: missing.missingOIDCClaims,
    resources: Object.fromEntries(resources),
  }
}

/** The values of the boxes: scopes that are asked for and that the app can do without. */
export function boxesOf(wishes: Wishes, optionalScopes: readonly string[]): string[] {
  const isOptional = (name: string) => optionalScopes.includes(name)
  const ofApis = Object.entries(wishes.resources).flatMap(([resource, names]) =>
    names.filter(isOptional).map((name) => boxOf(name, resource)),
  )
  return [...wishes.scopes.filter(isOptional), ...ofApis].sort()
}

/** The value of a scope's box. Two APIs may have scopes of one name; neither name nor identifier has a space in it. */
export function boxOf(name: string, resource?: string): string {
  return resource === undefined ? name : `${resource} ${name}`
}

/** Parts the wishes at the boxes that stayed empty. A claim goes with its scope, however it was asked for. */
export function parted(
  wishes: Wishes,
  refused: ReadonlySet<string>,
): { readonly agreed: Consent; readonly refused: Consent } {
  const claimsRefused = new Set(
    Object.entries(claimsOfScope).flatMap(([scope, claims]) => (refused.has(scope) ? claims : [])),
  )
  type Choose = (box: string, ofRefused: ReadonlySet<string>) => boolean
  const only = (isWanted: Choose): Consent => ({
    oidcScope: wishes.scopes.filter((name) => isWanted(name, refused)).join(' '),
    oidcClaims: wishes.claims.filter((name) => isWanted(name, claimsRefused)).join(' '),
    resourceScopes: Object.fromEntries(
      Object.entries(wishes.resources).map(([resource, names]) => [
        resource,
        names.filter((name) => isWanted(boxOf(name, resource), refused)).join(' '),
      ]),
    ),
  })
  return {
    agreed: only((box, ofRefused) => !ofRefused.has(box)),
    refused: only((box, ofRefused) => ofRefused.has(box)),
  }
}

/**
 * OpenID Connect Core §5.5: a claim can be asked for without its scope. The person is told of it in the words of that scope,
 * which say at least as much.
 */
export function scopesOfClaims(claims: readonly string[]): string[] {
  return Object.entries(claimsOfScope).flatMap(([scope, ofScope]) =>
    ofScope.some((claim) => claims.includes(claim)) ? [scope] : [],
  )
}

/** The scopes of the request. */
export function requestedScopes(interaction: Interaction): string[] {
  return words(textParameter(interaction.params, 'scope') ?? '')
}

/** The APIs of the request (RFC 8707). */
export function resourcesOf(interaction: Interaction): string[] {
  const { resource } = interaction.params
  return (Array.isArray(resource) ? resource : [resource]).filter((item) => typeof item === 'string')
}

function words(text: string): string[] {
  return text.split(' ').filter(Boolean)
}

function union(one: readonly string[], other: readonly string[]): string[] {
  return [...new Set([...one, ...other])]
}
