/** The texts about second factors of accounts that somebody lost. */

/** English. */
export const consoleFactorsEn = {
  consoleFactors: {
    removeAll: 'Remove all second factors',
    allTitle: 'Remove all second factors of {name}?',
    allMeans: 'Removed: {app} authenticator app, {passkeys} passkeys, {codes} recovery codes.',
    proof:
      'Make sure by other means that it is them who ask: the password alone is enough to set up new ones.',
    allEnds: 'Their sessions, connected apps and tokens end, and no browser is remembered.',
    remove: 'Remove',
    removeOne: 'Remove a second factor',
    removeApp: 'the authenticator app',
    removeCodes: 'the recovery codes',
    removePasskey: 'the passkey “{passkey}”',
    appTitle: 'Remove the authenticator app of {name}?',
    codesTitle: 'Remove the recovery codes of {name}?',
    passkeyTitle: 'Remove a passkey of {name}?',
    appMeans: 'Codes of the app that was set up {when} are not taken any more.',
    codesMeans: 'None of the {count} codes that are left is taken any more.',
    passkeyMeans: 'The passkey “{passkey}”, added {when}, is not taken any more.',
    told: 'The person is told by mail, as of everything that happens to their sign-in.',
    lastEnds:
      'If no other is left, sessions, connected apps and tokens end, and the password alone is enough.',
    endsSessions: 'End their sessions, connected apps and tokens too',
    endsSessionsHint: 'Leave it ticked unless you know that nobody else has what is removed.',
  },
} as const

/** German. */
export const consoleFactorsDe = {
  consoleFactors: {
    removeAll: 'Alle zweiten Faktoren entfernen',
    allTitle: 'Alle zweiten Faktoren von {name} entfernen?',
    allMeans:
      'Entfernt werden: {app} Authenticator-App, {passkeys} Passkeys, {codes} Wiederherstellungscodes.',
    proof:
      'Vergewissern Sie sich auf anderem Weg, dass die Person selbst darum bittet: Danach genügt das Passwort, um neue einzurichten.',
    allEnds: 'Sitzungen, verbundene Apps und Token enden, und kein Browser bleibt bekannt.',
    remove: 'Entfernen',
    removeOne: 'Zweiten Faktor entfernen',
    removeApp: 'der Authenticator-App',
    removeCodes: 'der Wiederherstellungscodes',
    removePasskey: 'des Passkeys „{passkey}“',
    appTitle: 'Authenticator-App von {name} entfernen?',
    codesTitle: 'Wiederherstellungscodes von {name} entfernen?',
    passkeyTitle: 'Passkey von {name} entfernen?',
    appMeans: 'Codes der App, die am {when} eingerichtet wurde, gelten nicht mehr.',
    codesMeans: 'Keiner der {count} übrigen Codes gilt mehr.',
    passkeyMeans: 'Der Passkey „{passkey}“, hinzugefügt am {when}, gilt nicht mehr.',
    told: 'Die Person erfährt es per E-Mail, wie alles, was mit ihrer Anmeldung geschieht.',
    lastEnds:
      'Bleibt kein anderer übrig, enden Sitzungen, verbundene Apps und Token, und das Passwort allein genügt.',
    endsSessions: 'Auch Sitzungen, verbundene Apps und Token beenden',
    endsSessionsHint:
      'Lassen Sie es angekreuzt, außer Sie wissen, dass niemand sonst hat, was entfernt wird.',
  },
} as const
