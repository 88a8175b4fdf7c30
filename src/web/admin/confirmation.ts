import { z } from 'zod'

/** What the button of a page sends that asks before something is destroyed. */
export const confirmation = z.object({ confirmed: z.literal('yes') })
