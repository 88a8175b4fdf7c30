/** What may be written into a variable, as forms and documents tell it: read from its schema, so that it is said once. */
import { z } from 'zod'

/** The form of a setting. */
export type SettingForm =
  | { readonly kind: 'choice'; readonly options: readonly string[] }
  | { readonly kind: 'switch' }
  | { readonly kind: 'seconds'; readonly minimum: number; readonly maximum: number }
  | { readonly kind: 'colour' | 'links' | 'url' | 'text' }

const formsOfTexts: Readonly<Record<string, 'colour' | 'links' | 'url'>> = {
  BRAND_ACCENT_COLOUR: 'colour',
  BRAND_LINKS: 'links',
  SUPPORT_URL: 'url',
}

/** The form of the variable of this name. */
export function formOf(name: string, schema: z.core.$ZodType): SettingForm {
  const inner = unwrapped(schema)
  if (inner instanceof z.ZodEnum) {
    const options = inner.options.map(String)
    return options.includes('true') ? { kind: 'switch' } : { kind: 'choice', options }
  }
  if (inner instanceof z.ZodNumber) {
    return {
      kind: 'seconds',
      minimum: inner.minValue ?? 0,
      maximum: inner.maxValue ?? Number.MAX_SAFE_INTEGER,
    }
  }
  return { kind: formsOfTexts[name] ?? 'text' }
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) return unwrapped(schema.unwrap())
  return schema instanceof z.ZodPipe ? unwrapped(schema.in) : schema
}
