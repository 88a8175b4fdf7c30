/** What tokens and assertions may be signed with, as forms offer it. */
export const signingAlgs = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const
