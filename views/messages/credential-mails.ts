/** The texts of mails about credentials that leaked or end soon, in English. */
export const credentialMailsEn = {
  leakedSubject: '{brand}: the API key {name} has leaked',
  leakedTitle: 'An API key has leaked',
  leakedText: 'Somebody found the API key "{name}" (id {id}) and reported it to {brand}.',
  leakedNone: 'It still works. Give the program that uses it another key, then end this one.',
  leakedExpiresSoon: 'It will stop working soon. Give the program that uses it another key before that.',
  leakedRevoked: 'It has been ended and does not work any more. The program that uses it needs another key.',
  leakedSecretEnded:
    'It was the older secret of a key that is being rotated. That secret is ended or ends soon; the newer one goes on working.',
  leakedAlreadyEnded: 'It had stopped working before. Nothing more was done.',
  leakedOther:
    'Whoever had it may have used it. Look at how it was used, and find out how it got into other hands.',
  keySubject: '{brand}: the API key {name} ends soon',
  keyTitle: 'An API key ends soon',
  keyText: 'The API key "{name}" (id {id}) ends on {time} (UTC). After that it is refused.',
  secretSubject: '{brand}: a secret of {name} ends soon',
  secretTitle: 'A client secret ends soon',
  secretText:
    'A secret (id {id}) of the client {name} ({client}) ends on {time} (UTC), and there is no other that lasts longer. After that the client cannot authenticate with it.',
  ofClient: 'The key belongs to the client {client}.',
  renew:
    'If it is still needed, make another one in good time and give it to the program that uses it. If not, you need not do anything.',
  contact:
    'You get this mail because your address stands among the contacts of the client, or because you are an owner of this installation.',
  console: 'Open the console',
  keys: 'Look at my API keys',
} as const

/** The same in German. */
export const credentialMailsDe = {
  leakedSubject: '{brand}: Der API-Schlüssel {name} ist in fremde Hände gelangt',
  leakedTitle: 'Ein API-Schlüssel ist in fremde Hände gelangt',
  leakedText: 'Jemand hat den API-Schlüssel „{name}“ (Kennung {id}) gefunden und {brand} gemeldet.',
  leakedNone:
    'Er funktioniert noch. Geben Sie dem Programm, das ihn verwendet, einen anderen und beenden Sie dann diesen.',
  leakedExpiresSoon:
    'Er wird bald nicht mehr funktionieren. Geben Sie dem Programm, das ihn verwendet, vorher einen anderen.',
  leakedRevoked:
    'Er wurde beendet und funktioniert nicht mehr. Das Programm, das ihn verwendet, braucht einen anderen.',
  leakedSecretEnded:
    'Es war das ältere Geheimnis eines Schlüssels, der gerade gewechselt wird. Dieses ist beendet oder endet bald; das neuere funktioniert weiter.',
  leakedAlreadyEnded: 'Er funktionierte schon vorher nicht mehr. Weiter wurde nichts getan.',
  leakedOther:
    'Wer ihn hatte, kann ihn verwendet haben. Sehen Sie nach, wie er verwendet wurde, und finden Sie heraus, wie er in fremde Hände kam.',
  keySubject: '{brand}: Der API-Schlüssel {name} läuft bald ab',
  keyTitle: 'Ein API-Schlüssel läuft bald ab',
  keyText: 'Der API-Schlüssel „{name}“ (Kennung {id}) endet am {time} (UTC). Danach wird er abgelehnt.',
  secretSubject: '{brand}: Ein Geheimnis von {name} läuft bald ab',
  secretTitle: 'Ein Client-Geheimnis läuft bald ab',
  secretText:
    'Ein Geheimnis (Kennung {id}) des Clients {name} ({client}) endet am {time} (UTC), und es gibt keines, das länger gilt. Danach kann sich der Client damit nicht mehr ausweisen.',
  ofClient: 'Der Schlüssel gehört dem Client {client}.',
  renew:
    'Wird es noch gebraucht, erstellen Sie rechtzeitig etwas Neues und geben Sie es dem Programm, das es verwendet. Wenn nicht, müssen Sie nichts tun.',
  contact:
    'Sie erhalten diese Nachricht, weil Ihre Adresse bei den Kontakten des Clients steht oder weil Sie Eigentümer dieser Installation sind.',
  console: 'Konsole öffnen',
  keys: 'Meine API-Schlüssel ansehen',
} as const
