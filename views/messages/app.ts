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
  copy: 'Copy',
  copied: 'Copied',
  shownOnce: 'This is shown once. Keep it now; nobody can show it again.',
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
  copy: 'Kopieren',
  copied: 'Kopiert',
  shownOnce: 'Dies wird nur einmal gezeigt. Bewahren Sie es jetzt auf; niemand kann es noch einmal zeigen.',
} as const
