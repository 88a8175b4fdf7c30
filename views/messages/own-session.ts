/** The English texts about the session of our own pages. */
export const ownSessionEn = {
  signedOutTitle: 'You are signed out',
  signedOut: 'Your session at {brand} has ended. You can close this page.',
  signInAgain: 'Sign in again',
  overTitle: 'This sign-in is over',
  over: 'It was open for too long, is finished already, or was started in another browser.',
  tryAgain: 'Try again',
  notSignedInTitle: 'You are not signed in',
  notSignedIn: 'The sign-in was cancelled. Nothing was changed.',
  signIn: 'Sign in',
  endedTitle: 'Your session has ended',
  ended: 'Nothing was changed. Please sign in again and repeat what you wanted to do.',
  tooWeakTitle: 'This needs your second factor',
  tooWeak: 'The sign-in did not include it, so nothing was changed.',
  back: 'Back',
  confirmTitle: 'Please confirm that it is you',
  confirm:
    'You signed in a while ago, so nothing was changed yet. Sign in once more, then repeat what you wanted to do.',
  confirmNow: 'Confirm',
} as const

/** The German ones. */
export const ownSessionDe = {
  signedOutTitle: 'Sie sind abgemeldet',
  signedOut: 'Ihre Sitzung bei {brand} ist beendet. Sie können diese Seite schließen.',
  signInAgain: 'Erneut anmelden',
  overTitle: 'Diese Anmeldung ist vorbei',
  over: 'Sie war zu lange geöffnet, ist schon abgeschlossen oder wurde in einem anderen Browser begonnen.',
  tryAgain: 'Erneut versuchen',
  notSignedInTitle: 'Sie sind nicht angemeldet',
  notSignedIn: 'Die Anmeldung wurde abgebrochen. Es wurde nichts geändert.',
  signIn: 'Anmelden',
  endedTitle: 'Ihre Sitzung ist beendet',
  ended: 'Es wurde nichts geändert. Bitte melden Sie sich erneut an und wiederholen Sie, was Sie vorhatten.',
  tooWeakTitle: 'Hierfür ist Ihr zweiter Faktor nötig',
  tooWeak: 'Die Anmeldung enthielt ihn nicht; deshalb wurde nichts geändert.',
  back: 'Zurück',
  confirmTitle: 'Bitte bestätigen Sie, dass Sie es sind',
  confirm:
    'Ihre Anmeldung liegt eine Weile zurück; deshalb wurde noch nichts geändert. Melden Sie sich noch einmal an und wiederholen Sie, was Sie vorhatten.',
  confirmNow: 'Bestätigen',
} as const
