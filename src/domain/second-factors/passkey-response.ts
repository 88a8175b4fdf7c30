import { z } from 'zod'

/** What we read of a browser's answer: `credential.toJSON()` of WebAuthn §5.1, as text. */
export interface PasskeyResponse {
  readonly id: string
  readonly challenge: string
  /** Whether a page of another site asked, with ours inside it. */
  readonly crossOrigin: boolean
}

/** An answer to `navigator.credentials.create()`. */
export interface NewPasskeyResponse extends PasskeyResponse {
  readonly json: z.infer<typeof newCredential>
}

/** An answer to `navigator.credentials.get()`. */
export interface UsedPasskeyResponse extends PasskeyResponse {
  readonly json: z.infer<typeof usedCredential>
}

const maxLength = 20_000
const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/)

const credential = z.object({
  // WebAuthn §4: at most 1023 bytes.
  id: base64url.max(1364),
  rawId: base64url.max(1364),
  type: z.literal('public-key'),
  clientExtensionResults: z.unknown().transform(() => ({})),
})

const newCredential = credential.extend({
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/))
      .max(10)
      .catch([]),
  }),
})

const usedCredential = credential.extend({
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    // A browser says null where the authenticator said none.
    userHandle: z.preprocess((handle) => handle ?? undefined, base64url.optional()),
  }),
})

const clientData = z.object({
  challenge: base64url.max(100),
  crossOrigin: z.boolean().default(false),
})

/** Reads the answer to a registration; undefined for whatever is none. */
export function readNewPasskey(text: string): NewPasskeyResponse | undefined {
  const json = newCredential.safeParse(parseJson(text))
  return json.success ? withClientData(json.data) : undefined
}

/** Reads the answer to a sign-in; undefined for whatever is none. */
export function readUsedPasskey(text: string): UsedPasskeyResponse | undefined {
  const json = usedCredential.safeParse(parseJson(text))
  return json.success ? withClientData(json.data) : undefined
}

function withClientData<Json extends { readonly id: string; readonly response: { clientDataJSON: string } }>(
  json: Json,
): (PasskeyResponse & { readonly json: Json }) | undefined {
  const text = Buffer.from(json.response.clientDataJSON, 'base64url').toString('utf8')
  const data = clientData.safeParse(parseJson(text))
  if (!data.success) return undefined
  return { id: json.id, json, ...data.data }
}

function parseJson(text: string): unknown {
  if (text.length > maxLength) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
