/** The texts of the console's page that connects a client. */

/** English. */
export const consoleConnectEn = {
  consoleConnect: {
    title: 'Connect {name}',
    lead: 'Made for this client and this server. Copy, set the secret, run.',
    settings: 'Settings',
    settingsLead: 'Any library for OpenID Connect takes these; it finds all else by discovery.',
    issuer: 'Issuer',
    discovery: 'Discovery',
    secretWhere: 'It was shown once, when it was made. The snippets take it from CLIENT_SECRET.',
    secretNew: 'Make a new one',
    install: 'First:',
    whichApi: 'For which API?',
    noPermission: 'It may request nothing yet, so the snippets name an example API.',
    givePermission: 'Give it permissions',
    asksNothing: 'It may not ask about any API yet, so every answer is that a token is not active.',
    toApis: 'Name it at an API',
    noOrigin: 'Browsers let it call this server only from an allowed origin, and it has none yet.',
    change: 'Add its origin',
    certificate:
      'It shows its certificate when it connects. curl takes it and its key from the files CLIENT_CERTIFICATE and CLIENT_KEY.',
    privateKey: 'The snippets take its private key from PRIVATE_JWK, as a JWK, and sign with {alg}.',
  },
} as const

/** German. */
export const consoleConnectDe = {
  consoleConnect: {
    title: '{name} verbinden',
    lead: 'Für diesen Client und diesen Server gemacht. Kopieren, Geheimnis setzen, starten.',
    settings: 'Einstellungen',
    settingsLead: 'Jede Bibliothek für OpenID Connect nimmt diese; alles andere findet sie durch Discovery.',
    issuer: 'Issuer',
    discovery: 'Discovery',
    secretWhere: 'Es wurde einmal gezeigt, als es angelegt wurde. Die Beispiele nehmen es aus CLIENT_SECRET.',
    secretNew: 'Ein neues anlegen',
    install: 'Zuerst:',
    whichApi: 'Für welche API?',
    noPermission: 'Er darf noch nichts anfordern, darum nennen die Beispiele eine erdachte API.',
    givePermission: 'Berechtigungen geben',
    asksNothing:
      'Er darf noch nach keiner API fragen, darum ist jede Antwort, dass ein Token nicht aktiv ist.',
    toApis: 'Bei einer API nennen',
    noOrigin:
      'Browser lassen sie diesen Server nur von einem erlaubten Origin aufrufen, und sie hat noch keinen.',
    change: 'Origin hinzufügen',
    certificate:
      'Er zeigt beim Verbinden sein Zertifikat. curl nimmt es und seinen Schlüssel aus den Dateien CLIENT_CERTIFICATE und CLIENT_KEY.',
    privateKey:
      'Die Beispiele nehmen den privaten Schlüssel als JWK aus PRIVATE_JWK und signieren mit {alg}.',
  },
} as const
