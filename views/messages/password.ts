/** The texts about new passwords, on every page that takes one. */
export const passwordEn = {
  hint: 'At least {length} characters. A few words are easy to remember; any characters are fine.',
  progress: '{count} of {length} characters',
  longEnough: '{count} characters: long enough',
  isRepeated: 'Easy to guess: the same thing again and again',
  isRow: 'Easy to guess: a row of keys',
  tooShort: 'The password needs at least {length} characters.',
  tooLong: 'The password can have at most 200 characters.',
  containsControl: 'The password has a character that cannot be typed again, such as a line break.',
  isYourName: 'This password is made of your name or address. Please choose another.',
  isContextWord: 'This password is made of the name of this service. Please choose another.',
  isCommon: 'This password is on lists of known passwords. Please choose another.',
  isPredictable: 'This password is a row of keys, or the same thing again and again. Please choose another.',
  isLeaked: 'This password has become known to others. Please choose another.',
} as const

/** The same in German. */
export const passwordDe = {
  hint: 'Mindestens {length} Zeichen. Einige Wörter lassen sich gut merken; alle Zeichen sind erlaubt.',
  progress: '{count} von {length} Zeichen',
  longEnough: '{count} Zeichen: lang genug',
  isRepeated: 'Leicht zu erraten: immer wieder dasselbe',
  isRow: 'Leicht zu erraten: eine Reihe von Tasten',
  tooShort: 'Das Passwort braucht mindestens {length} Zeichen.',
  tooLong: 'Das Passwort darf höchstens 200 Zeichen haben.',
  containsControl:
    'Das Passwort enthält ein Zeichen, das sich nicht wieder eingeben lässt, etwa einen Zeilenumbruch.',
  isYourName: 'Dieses Passwort besteht aus Ihrem Namen oder Ihrer Adresse. Bitte wählen Sie ein anderes.',
  isContextWord: 'Dieses Passwort besteht aus dem Namen dieses Dienstes. Bitte wählen Sie ein anderes.',
  isCommon: 'Dieses Passwort steht auf Listen bekannter Passwörter. Bitte wählen Sie ein anderes.',
  isPredictable:
    'Dieses Passwort ist eine Reihe von Tasten oder immer wieder dasselbe. Bitte wählen Sie ein anderes.',
  isLeaked: 'Dieses Passwort ist anderen bekannt geworden. Bitte wählen Sie ein anderes.',
} as const
