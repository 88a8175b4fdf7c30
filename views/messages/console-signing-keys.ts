/** The texts of the console's page of signing keys. */

/** English. */
export const consoleSigningKeysEn = {
  consoleSigningKeys: {
    title: 'Signing keys',
    lead: 'They sign tokens, cookies and nonces. Each is published before it signs and after it stops, so nobody notices a rotation.',
    nextRotation: 'The next one is due',
    empty: 'There are no keys yet. The server makes them when it starts.',
    purpose: 'For',
    state: 'State',
    id: 'Key ID',
    published: 'Published',
    signsFrom: 'Signs from',
    next: 'Next',
    current: 'Signing',
    retired: 'Retired',
    gone: 'Gone',
    rotate: 'Replace all keys',
    rotateLead:
      'They are replaced by schedule. You need this only if a rule says so, or if a key may be known to somebody.',
    announced: 'Announce new keys',
    immediately: 'Replace at once',
    compromised: 'A key is compromised',
    immediatelyOne:
      'New keys sign from this moment. APIs and apps that keep an older key set refuse new tokens until they fetch it again.',
    compromisedOne: 'New keys sign from this moment, and the old ones are deleted.',
    compromisedTwo:
      'Every ID Token, JWT access token and cookie that was signed before is refused. Everybody has to sign in again.',
    compromisedThree: 'It cannot be undone.',
  },
} as const

/** German. */
export const consoleSigningKeysDe = {
  consoleSigningKeys: {
    title: 'Signaturschlüssel',
    lead: 'Sie signieren Token, Cookies und Nonces. Jeder wird veröffentlicht, bevor er signiert und nachdem er aufhört; so bemerkt niemand einen Wechsel.',
    nextRotation: 'Der nächste ist fällig am',
    empty: 'Es gibt noch keine Schlüssel. Der Server legt sie beim Start an.',
    purpose: 'Für',
    state: 'Zustand',
    id: 'Schlüssel-ID',
    published: 'Veröffentlicht',
    signsFrom: 'Signiert ab',
    next: 'Nächster',
    current: 'Signiert',
    retired: 'Abgelöst',
    gone: 'Entfernt',
    rotate: 'Alle Schlüssel ersetzen',
    rotateLead:
      'Sie werden nach Plan ersetzt. Dies brauchen Sie nur, wenn eine Regel es verlangt oder jemand einen Schlüssel kennen könnte.',
    announced: 'Neue Schlüssel ankündigen',
    immediately: 'Sofort ersetzen',
    compromised: 'Ein Schlüssel ist bekannt geworden',
    immediatelyOne:
      'Neue Schlüssel signieren ab jetzt. APIs und Apps mit älteren Schlüsseln lehnen neue Token ab, bis sie die neuen holen.',
    compromisedOne: 'Neue Schlüssel signieren ab jetzt, und die alten werden gelöscht.',
    compromisedTwo:
      'Jedes früher signierte ID-Token, JWT-Zugriffstoken und Cookie wird abgelehnt. Alle müssen sich neu anmelden.',
    compromisedThree: 'Es lässt sich nicht rückgängig machen.',
  },
} as const
