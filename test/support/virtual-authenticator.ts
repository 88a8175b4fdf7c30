/** Chromium's virtual authenticator: a device that confirms by itself, in a real browser with real pages. */
import type { CDPSession, Page } from 'playwright-core'

/** A device that is plugged into a page's browser. */
export interface VirtualAuthenticator {
  /** Whether its user is who they should be, as the next PIN or finger will show. */
  readonly verifyUser: (isVerified: boolean) => Promise<void>
  /** Whether it confirms at all; an absent-minded user does not. */
  readonly confirm: (confirms: boolean) => Promise<void>
  /** In no order: they are kept by their ids, which are random. */
  readonly credentials: () => Promise<VirtualCredential[]>
  /** Removes the key of a person, by the name it was made for. */
  readonly forget: (userName: string) => Promise<void>
}

/** A key in it, as the protocol of the browser's developer tools tells it. */
export type VirtualCredential = Awaited<ReturnType<typeof credentialsIn>>[number]

/** Plugs a device into the page. By default it is a phone or laptop with a finger sensor, whose keys are synchronised. */
export async function plugIn(
  page: Page,
  wishes: { readonly hasUserVerification?: boolean; readonly isSynchronised?: boolean } = {},
): Promise<VirtualAuthenticator> {
  const { hasUserVerification = true, isSynchronised = true } = wishes
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable', { enableUI: false })
  const { authenticatorId: id } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: hasUserVerification ? 'internal' : 'usb',
      hasResidentKey: hasUserVerification,
      hasUserVerification,
      isUserVerified: hasUserVerification,
      automaticPresenceSimulation: true,
      defaultBackupEligibility: isSynchronised,
      defaultBackupState: isSynchronised,
    },
  })
  const of = { authenticatorId: id }
  return {
    verifyUser: async (isUserVerified) => {
      await session.send('WebAuthn.setUserVerified', { ...of, isUserVerified })
    },
    confirm: async (enabled) => {
      await session.send('WebAuthn.setAutomaticPresenceSimulation', { ...of, enabled })
    },
    credentials: () => credentialsIn(session, id),
    forget: async (userName) => {
      const key = (await credentialsIn(session, id)).find((candidate) => candidate.userName === userName)
      if (key === undefined) throw new Error(`there is no key of ${userName} in this device`)
      await session.send('WebAuthn.removeCredential', { ...of, credentialId: key.credentialId })
    },
  }
}

async function credentialsIn(session: CDPSession, authenticatorId: string) {
  return (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials
}
