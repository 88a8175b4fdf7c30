/** The texts of the page on which a password that somebody else chose is replaced, in English. */
export const ownPasswordEn = {
  title: 'Choose your own password',
  why: 'The password you signed in with was chosen by somebody else. Choose one that only you know, and your sign-in goes on.',
  submit: 'Set password and go on',
} as const

/** The same in German. */
export const ownPasswordDe = {
  title: 'Wählen Sie ein eigenes Passwort',
  why: 'Das Passwort, mit dem Sie sich angemeldet haben, hat jemand anderes gewählt. Wählen Sie eines, das nur Sie kennen; dann geht die Anmeldung weiter.',
  submit: 'Passwort festlegen und weiter',
} as const
