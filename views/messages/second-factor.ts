/** The texts of the second factor: proving it, setting it up, and recovery codes. */
export const secondFactorEn = {
  title: 'Confirm that it is you',
  lead: 'Signing in as {account}',
  code: 'Code from your authenticator app',
  codeHint: 'The 6 digits that the app shows now.',
  submit: 'Continue',
  remember: 'Do not ask on this device for {days} days',
  rememberHint: 'Only for a device that nobody else uses.',
  useRecovery: 'Use a recovery code instead',
  useApp: 'Use the authenticator app instead',
  otherWays: 'Other ways',
  switchAccount: 'Use another account',
  recoveryTitle: 'Use a recovery code',
  recoveryCode: 'Recovery code',
  recoveryHint: 'One of the codes that you saved when you set this up. Each works once.',
  passkeyLead: 'Confirm with your passkey.',
  wrongCode: 'This code is not right, or it was used already. Wait for the next one and try again.',
  wrongRecoveryCode: 'This recovery code is not right, or it was used already.',
  tooManyAttempts: 'There were too many attempts. Please try again {when}.',
  lockedCode:
    'The authenticator app was turned off after too many wrong codes. Use another way; after that you can set up the app again.',
  lockedRecovery:
    'Recovery codes were turned off after too many wrong ones. Use another way, or ask for help from whoever runs this service.',
  noWay:
    'This sign-in needs a passkey, and none can be set up here. Go back to the app, or ask for help from whoever runs this service.',
  lost: 'If you have lost everything you set up, whoever runs this service can help.',
} as const

/** The same in German. */
export const secondFactorDe = {
  title: 'Bestätigen Sie, dass Sie es sind',
  lead: 'Anmeldung als {account}',
  code: 'Code aus Ihrer Authenticator-App',
  codeHint: 'Die 6 Ziffern, die die App gerade zeigt.',
  submit: 'Weiter',
  remember: 'Auf diesem Gerät {days} Tage nicht mehr fragen',
  rememberHint: 'Nur für ein Gerät, das niemand sonst benutzt.',
  useRecovery: 'Stattdessen einen Wiederherstellungscode verwenden',
  useApp: 'Stattdessen die Authenticator-App verwenden',
  otherWays: 'Andere Wege',
  switchAccount: 'Anderes Konto verwenden',
  recoveryTitle: 'Wieder\u00adherstellungs\u00adcode verwenden',
  recoveryCode: 'Wiederherstellungscode',
  recoveryHint: 'Einer der Codes, die Sie beim Einrichten gesichert haben. Jeder gilt einmal.',
  passkeyLead: 'Bestätigen Sie mit Ihrem Passkey.',
  wrongCode:
    'Dieser Code stimmt nicht oder wurde schon verwendet. Warten Sie auf den nächsten und versuchen Sie es noch einmal.',
  wrongRecoveryCode: 'Dieser Wiederherstellungscode stimmt nicht oder wurde schon verwendet.',
  tooManyAttempts: 'Das waren zu viele Versuche. Bitte versuchen Sie es {when} noch einmal.',
  lockedCode:
    'Die Authenticator-App wurde nach zu vielen falschen Codes abgeschaltet. Nehmen Sie einen anderen Weg; danach können Sie die App neu einrichten.',
  lockedRecovery:
    'Die Wiederherstellungscodes wurden nach zu vielen falschen abgeschaltet. Nehmen Sie einen anderen Weg, oder bitten Sie die Betreiber dieses Dienstes um Hilfe.',
  noWay:
    'Diese Anmeldung verlangt einen Passkey, und hier lässt sich keiner einrichten. Gehen Sie zurück zur App, oder bitten Sie die Betreiber dieses Dienstes um Hilfe.',
  lost: 'Wenn Sie nichts mehr von dem haben, was Sie eingerichtet hatten, können die Betreiber dieses Dienstes helfen.',
} as const

/** The texts of setting up a second factor while signing in, and of setting up an authenticator app anywhere. */
export const enrolmentEn = {
  title: 'Protect your account',
  leadRequired:
    'Signing in here takes a second step besides your password. Set it up now; it takes a minute.',
  leadPasskey: 'This sign-in needs a passkey. Set one up now.',
  appTitle: 'Authenticator app',
  stepScan: 'Scan this with an authenticator app on your phone.',
  qrLabel: 'QR code for your authenticator app',
  cannotScan: 'Cannot scan it?',
  manual: 'Enter this key in the app by hand. It is time-based, with 6 digits.',
  key: 'Key',
  stepCode: 'Then enter the 6 digits that the app shows.',
  code: 'Code from the app',
  submit: 'Turn on',
  wrongCode:
    'This code is not right. Check that the clock of your phone is set automatically, and try the next code.',
  expired: 'This page was open for too long. Scan the new code below.',
  tooMany: 'There were too many wrong codes, so there is a new one to scan below.',
} as const

/** The same in German. */
export const enrolmentDe = {
  title: 'Schützen Sie Ihr Konto',
  leadRequired:
    'Die Anmeldung hier verlangt neben dem Passwort einen zweiten Schritt. Richten Sie ihn jetzt ein; das dauert eine Minute.',
  leadPasskey: 'Diese Anmeldung verlangt einen Passkey. Richten Sie jetzt einen ein.',
  appTitle: 'Authenticator-App',
  stepScan: 'Scannen Sie dies mit einer Authenticator-App auf Ihrem Telefon.',
  qrLabel: 'QR-Code für Ihre Authenticator-App',
  cannotScan: 'Scannen geht nicht?',
  manual: 'Geben Sie diesen Schlüssel von Hand in die App ein. Er ist zeitbasiert, mit 6 Ziffern.',
  key: 'Schlüssel',
  stepCode: 'Geben Sie dann die 6 Ziffern ein, die die App zeigt.',
  code: 'Code aus der App',
  submit: 'Einschalten',
  wrongCode:
    'Dieser Code stimmt nicht. Prüfen Sie, ob die Uhr Ihres Telefons automatisch gestellt wird, und nehmen Sie den nächsten Code.',
  expired: 'Diese Seite war zu lange geöffnet. Scannen Sie den neuen Code unten.',
  tooMany: 'Das waren zu viele falsche Codes; unten steht deshalb ein neuer zum Scannen.',
} as const

/** The texts of recovery codes, wherever they are shown. */
export const recoveryCodesEn = {
  title: 'Save your recovery codes',
  lead: 'They let you in if you lose your phone. This is the only time that you can see them.',
  label: 'Recovery codes',
  hint: '{count} codes, each works once, and only together with your password. Keep them where others cannot see them.',
  download: 'Download as a text file',
  print: 'You can also print this page.',
  saved: 'I have saved them, continue',
  usedTitle: 'You used a recovery code',
  usedLead: 'It does not work any more. You have {count} left.',
  usedLastLead: 'It was your last one. Without new ones you cannot get in if you lose your phone again.',
  usedAdvice:
    'If you have lost your phone, set up an authenticator app or a passkey again on your account page.',
  replace: 'Make new recovery codes',
  replaceHint: 'New recovery codes are the safest: the old ones stop working then.',
  later: 'Continue without',
  fileHeading: 'Recovery codes for {account} at {brand}',
  fileExplanation: 'Each code works once, together with your password. New codes make these useless.',
} as const

/** The same in German. */
export const recoveryCodesDe = {
  title: 'Sichern Sie Ihre Wieder\u00adherstellungs\u00adcodes',
  lead: 'Mit ihnen kommen Sie hinein, wenn Sie Ihr Telefon verlieren. Sie sehen sie nur dieses eine Mal.',
  label: 'Wiederherstellungscodes',
  hint: '{count} Codes, jeder gilt einmal und nur zusammen mit Ihrem Passwort. Bewahren Sie sie so auf, dass andere sie nicht sehen.',
  download: 'Als Textdatei herunterladen',
  print: 'Sie können diese Seite auch drucken.',
  saved: 'Ich habe sie gesichert, weiter',
  usedTitle: 'Sie haben einen Wieder\u00adherstellungs\u00adcode verwendet',
  usedLead: 'Er gilt nicht mehr. Sie haben noch {count}.',
  usedLastLead:
    'Es war Ihr letzter. Ohne neue kommen Sie nicht hinein, wenn Sie Ihr Telefon noch einmal verlieren.',
  usedAdvice:
    'Wenn Sie Ihr Telefon verloren haben, richten Sie auf Ihrer Kontoseite wieder eine Authenticator-App oder einen Passkey ein.',
  replace: 'Neue Wiederherstellungscodes erstellen',
  replaceHint: 'Am sichersten sind neue Codes: Die alten gelten dann nicht mehr.',
  later: 'Ohne neue weiter',
  fileHeading: 'Wiederherstellungscodes für {account} bei {brand}',
  fileExplanation: 'Jeder Code gilt einmal, zusammen mit Ihrem Passwort. Neue Codes machen diese wertlos.',
} as const
