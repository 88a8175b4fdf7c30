/** What the page of the consent says of a device that would be let in. */
import type { Client } from '../../domain/clients/client.ts'
import { findDeviceRequest } from '../../oidc/device-requests.ts'
import type { Seal } from '../../platform/crypto/seal.ts'
import type { Database } from '../../platform/db/open.ts'
import { Refusal } from '../../platform/errors.ts'
import type { ConsentDevice } from '../../../views/sign-in/consent-device.ts'
import { requestedScopes } from './consent-wishes.ts'
import type { Interaction } from './interaction.ts'

/** What looking at a device needs. */
export interface DeviceParts {
  readonly db: Database
  readonly now: () => Date
  readonly seal: Seal
}

/** A device is not signed in: whether it is let in for long is whether it may refresh. */
export function isOffline(client: Client, interaction: Interaction): boolean {
  return interaction.deviceCode === undefined
    ? requestedScopes(interaction).includes('offline_access')
    : client.metadata.grant_types.includes('refresh_token')
}

/** The device that is to be confirmed. One that has ended meanwhile cannot be let in any more. */
export async function deviceOf(
  parts: DeviceParts,
  { deviceCode }: Interaction,
): Promise<ConsentDevice | undefined> {
  if (deviceCode === undefined) return undefined
  const request = await findDeviceRequest(parts, deviceCode)
  if (request === undefined) throw signInEnded()
  const { userCode, address, program, requestedAt } = request
  const askedSecondsAgo = Math.max(0, Math.round((parts.now().getTime() - requestedAt.getTime()) / 1000))
  return { userCode, address, program, askedSecondsAgo }
}

/** For what was asked for and is not there any more. */
export function signInEnded(): Refusal {
  return new Refusal('invalid_request', 'This sign-in cannot go on. Go back to the app and start again.')
}
