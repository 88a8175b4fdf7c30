/** The texts about passkeys, on every page that has them. */
export const passkeysEn = {
  or: 'or',
  signIn: 'Sign in with a passkey',
  use: 'Use a passkey',
  useHint: 'Confirm with the device, key or password manager that holds your passkey.',
  add: 'Add a passkey',
  addHint:
    'A passkey lets you sign in with your fingerprint, face or device PIN, and cannot be phished or guessed.',
  refused: 'This passkey could not be used. Try another one, or sign in with your password.',
  refusedBeside: 'This passkey could not be used. Try another one, or another way.',
  expired: 'This page was open for too long, so nothing was checked. Please try once more.',
  notAdded: 'The passkey could not be added. Please try once more.',
  alreadyAdded: 'This device or password manager already holds a passkey for your account.',
  tooMany: 'An account can have {count} passkeys. Remove one before you add another.',
  cancelled: 'Nothing was confirmed. You can try again whenever you like.',
  failed: 'Your browser could not use a passkey here.',
  without: 'Passkeys need JavaScript and an up-to-date browser.',
  name: 'Name of the passkey',
  nameHint: 'To tell it from others, for example “Phone”. Without one it is called by its maker.',
  synchronised: 'Synchronised between devices',
  onOneDevice: 'On one device only',
} as const

/** The same in German. */
export const passkeysDe = {
  or: 'oder',
  signIn: 'Mit Passkey anmelden',
  use: 'Passkey verwenden',
  useHint: 'Bestätigen Sie mit dem Gerät, Schlüssel oder Passwort-Manager, auf dem Ihr Passkey liegt.',
  add: 'Passkey hinzufügen',
  addHint:
    'Mit einem Passkey melden Sie sich per Fingerabdruck, Gesicht oder Geräte-PIN an. Er lässt sich weder abfischen noch erraten.',
  refused:
    'Dieser Passkey konnte nicht verwendet werden. Versuchen Sie einen anderen, oder melden Sie sich mit Ihrem Passwort an.',
  refusedBeside:
    'Dieser Passkey konnte nicht verwendet werden. Versuchen Sie einen anderen, oder einen anderen Weg.',
  expired:
    'Diese Seite war zu lange geöffnet, deshalb wurde nichts geprüft. Bitte versuchen Sie es noch einmal.',
  notAdded: 'Der Passkey konnte nicht hinzugefügt werden. Bitte versuchen Sie es noch einmal.',
  alreadyAdded: 'Auf diesem Gerät oder in diesem Passwort-Manager liegt schon ein Passkey für Ihr Konto.',
  tooMany: 'Ein Konto kann {count} Passkeys haben. Entfernen Sie einen, bevor Sie einen weiteren hinzufügen.',
  cancelled: 'Es wurde nichts bestätigt. Sie können es jederzeit noch einmal versuchen.',
  failed: 'Ihr Browser konnte hier keinen Passkey verwenden.',
  without: 'Passkeys brauchen JavaScript und einen aktuellen Browser.',
  name: 'Name des Passkeys',
  nameHint:
    'Damit Sie ihn von anderen unterscheiden, zum Beispiel „Telefon“. Ohne Namen heißt er nach seinem Hersteller.',
  synchronised: 'Zwischen Geräten synchronisiert',
  onOneDevice: 'Nur auf einem Gerät',
}
