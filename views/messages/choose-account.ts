/** The texts of choosing an account, and of the page that sends itself on. */
export const chooseAccountEn = {
  title: 'Choose an account',
  signedIn: 'Signed in',
  signedOut: 'Signed out',
  another: 'Use another account',
  remove: 'Remove {account} from this list',
  offer: 'Choose another account',
  onwardTitle: 'One moment',
  onwardText: 'You are being sent on. If nothing happens, press the button.',
  onward: 'Continue',
} as const

/** The same in German. */
export const chooseAccountDe = {
  title: 'Konto auswählen',
  signedIn: 'Angemeldet',
  signedOut: 'Abgemeldet',
  another: 'Anderes Konto verwenden',
  remove: '{account} aus dieser Liste entfernen',
  offer: 'Anderes Konto auswählen',
  onwardTitle: 'Einen Moment',
  onwardText: 'Sie werden weitergeleitet. Wenn nichts geschieht, klicken Sie auf die Schaltfläche.',
  onward: 'Weiter',
}
