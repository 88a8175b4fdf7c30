/** The texts of the console's pages of sessions and grants. */

/** English. */
export const consoleSessionsEn = {
  consoleSessions: {
    title: 'Sessions',
    lead: 'Browsers in which somebody is signed in, the newest first.',
    grantsTitle: 'Grants',
    grantsLead: 'What people allowed apps, for as long as it lasts. Every token hangs on one.',
    accountFilter: 'Account (email, user name or id)',
    clientFilter: 'App (name or id)',
    apps: 'Apps',
    sessionTimes: 'Signed in {began}, last seen {seen}',
    grantTimes: 'Allowed {allowed}, until {until}',
    end: 'End',
    endSession: 'End: session of {name}',
    endGrant: 'End: grant of {name} to {client}',
    thisOne: 'This is yours',
    unknownBrowser: 'Unknown browser',
    noApps: 'None yet',
    empty: 'Nobody is signed in. Sessions appear here when people sign in to an app.',
    grantsEmpty: 'No app has access. Grants appear here when people sign in to an app.',
    nobody: 'Nothing is called “{text}”. Write a whole email, user name, app name or id.',
    gone: 'deleted',
    endAll: 'End all of {name}',
    endAllTitle: 'End all sessions and grants of {name}?',
    endsSessions: 'Sessions that end, in every browser: {count}.',
    endsGrants: 'Grants that end, with every token issued under them: {count}.',
    keysStay: 'API keys stay. To end them too, end everything of the account on its page.',
    mayReturn: 'The person may sign in again.',
    endAllSubmit: 'End all sessions and grants',
  },
} as const

/** German. */
export const consoleSessionsDe = {
  consoleSessions: {
    title: 'Sitzungen',
    lead: 'Browser, in denen jemand angemeldet ist, die neuesten zuerst.',
    grantsTitle: 'Zugriffe',
    grantsLead: 'Was Menschen Apps erlaubt haben, solange es gilt. Jedes Token hängt an einem.',
    accountFilter: 'Konto (E-Mail, Benutzername oder ID)',
    clientFilter: 'App (Name oder ID)',
    apps: 'Apps',
    sessionTimes: 'Angemeldet {began}, zuletzt gesehen {seen}',
    grantTimes: 'Erlaubt {allowed}, bis {until}',
    end: 'Beenden',
    endSession: 'Beenden: Sitzung von {name}',
    endGrant: 'Beenden: Zugriff von {client} für {name}',
    thisOne: 'Dies ist Ihre',
    unknownBrowser: 'Unbekannter Browser',
    noApps: 'Noch keine',
    empty: 'Niemand ist angemeldet. Sitzungen erscheinen hier, wenn sich Menschen bei einer App anmelden.',
    grantsEmpty:
      'Keine App hat Zugriff. Zugriffe erscheinen hier, wenn sich Menschen bei einer App anmelden.',
    nobody:
      'Nichts heißt „{text}“. Schreiben Sie eine ganze E-Mail, einen Benutzernamen, App-Namen oder eine ID.',
    gone: 'gelöscht',
    endAll: 'Alles von {name} beenden',
    endAllTitle: 'Alle Sitzungen und Zugriffe von {name} beenden?',
    endsSessions: 'Sitzungen, die in jedem Browser enden: {count}.',
    endsGrants: 'Zugriffe, die mit allen ihren Token enden: {count}.',
    keysStay: 'API-Schlüssel bleiben. Um auch sie zu beenden, beenden Sie alles des Kontos auf seiner Seite.',
    mayReturn: 'Die Person kann sich wieder anmelden.',
    endAllSubmit: 'Alle Sitzungen und Zugriffe beenden',
  },
} as const
