/** The English texts of the frame around our own pages. */
export const appEn = {
  menu: 'Menu',
  navigation: 'Pages',
  skip: 'Skip to content',
  signOut: 'Sign out',
  signedInAs: 'Signed in as {name}',
  newest: 'Back to the newest',
  older: 'Older',
  pages: 'More entries',
  cancel: 'Cancel',
  save: 'Save',
  never: 'never',
  optional: 'optional',
} as const

/** The German ones. */
export const appDe = {
  menu: 'Menü',
  navigation: 'Seiten',
  skip: 'Zum Inhalt',
  signOut: 'Abmelden',
  signedInAs: 'Angemeldet als {name}',
  newest: 'Zurück zu den neuesten',
  older: 'Ältere',
  pages: 'Weitere Einträge',
  cancel: 'Abbrechen',
  save: 'Speichern',
  never: 'nie',
  optional: 'freiwillig',
} as const
