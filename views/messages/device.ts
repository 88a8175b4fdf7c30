/** The texts of the pages on which a person lets a device in, in English. */
export const deviceEn = {
  title: 'Connect a device',
  lead: 'Enter the code that your television, terminal or other device shows.',
  code: 'Code',
  codeHint: 'Eight letters. Capitals and dashes do not matter.',
  submit: 'Continue',
  missing: 'Please enter the code that the device shows.',
  unusable:
    'This code is wrong or can no longer be used. Compare it with the device, or let the device show a new one.',
  again: 'This page was open for too long or in several tabs. Please press the button once more.',
  confirmTitle: 'Connect {client} on a device?',
  compare: 'Does your device show this code?',
  warning:
    'Allow this only if you started it yourself, on a device in front of you. If somebody sent you the code or a link, press “Deny”: they would get into your account.',
  askedFrom: 'Asked for {time} ago, from the address {address}.',
  askedAt: 'Asked for {time} ago.',
  program: 'The device calls itself {program}.',
  accessShort: 'Access ends by itself after a short time; the device then asks again.',
  doneTitle: 'The device is connected',
  doneText: 'It goes on by itself in a moment. You can close this page.',
  deniedTitle: 'The device was not let in',
  deniedText: 'It got nothing. You can close this page.',
  deniedAgain: 'Enter another code',
} as const

/** The same in German. */
export const deviceDe = {
  title: 'Gerät verbinden',
  lead: 'Geben Sie den Code ein, den Ihr Fernseher, Ihr Terminal oder ein anderes Gerät anzeigt.',
  code: 'Code',
  codeHint: 'Acht Buchstaben. Großschreibung und Striche spielen keine Rolle.',
  submit: 'Weiter',
  missing: 'Bitte geben Sie den Code ein, den das Gerät anzeigt.',
  unusable:
    'Dieser Code ist falsch oder nicht mehr gültig. Vergleichen Sie ihn mit dem Gerät oder lassen Sie das Gerät einen neuen anzeigen.',
  again:
    'Diese Seite war zu lange oder in mehreren Tabs geöffnet. Bitte drücken Sie die Schaltfläche noch einmal.',
  confirmTitle: '{client} auf einem Gerät verbinden?',
  compare: 'Zeigt Ihr Gerät diesen Code?',
  warning:
    'Erlauben Sie das nur, wenn Sie es selbst begonnen haben, an einem Gerät, das vor Ihnen steht. Hat Ihnen jemand den Code oder einen Link geschickt, drücken Sie „Ablehnen“: Die Person käme sonst in Ihr Konto.',
  askedFrom: 'Angefragt vor {time}, von der Adresse {address}.',
  askedAt: 'Angefragt vor {time}.',
  program: 'Das Gerät nennt sich {program}.',
  accessShort: 'Der Zugriff endet nach kurzer Zeit von selbst; das Gerät fragt dann erneut.',
  doneTitle: 'Das Gerät ist verbunden',
  doneText: 'Es macht gleich von selbst weiter. Sie können diese Seite schließen.',
  deniedTitle: 'Das Gerät wurde abgelehnt',
  deniedText: 'Es hat nichts bekommen. Sie können diese Seite schließen.',
  deniedAgain: 'Anderen Code eingeben',
} as const
