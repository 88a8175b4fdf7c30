/** The texts of the console's list of API keys. */

/** English. */
export const consoleKeysEn = {
  consoleKeys: {
    title: 'API keys',
    lead: 'Long-lived secrets that programs present to APIs. A key never does more than its owner may do at that moment.',
    issue: 'Issue a key',
    empty: 'There are no keys yet. Issue one for an account or a client that holds a permission at an API.',
    searchLabel: 'Key id, name or owner',
    state: 'State',
    anyState: 'Any state',
    api: 'API',
    anyApi: 'Any API',
    owner: 'Owner',
    ownerFilter: 'Owner (id or email)',
    ownerUnknown:
      'Nobody is called {owner}. Write the id of an account or client, or the email of an account.',
    name: 'Name',
    expires: 'Expires',
    lastUsed: 'Last used',
    active: 'Active',
    disabled: 'Disabled',
    expired: 'Expired',
    revoked: 'Revoked',
    neverExpires: 'Never',
    neverUsed: 'Never',
    account: 'Account',
    client: 'Client',
    all: 'All keys',
  },
} as const

/** German. */
export const consoleKeysDe = {
  consoleKeys: {
    title: 'API-Schlüssel',
    lead: 'Langlebige Geheimnisse, die Programme bei APIs vorzeigen. Ein Schlüssel darf nie mehr, als sein Inhaber in diesem Augenblick darf.',
    issue: 'Schlüssel ausstellen',
    empty:
      'Es gibt noch keine Schlüssel. Stellen Sie einen für ein Konto oder einen Client aus, der eine Berechtigung an einer API hat.',
    searchLabel: 'Schlüssel-ID, Name, Inhaber',
    state: 'Zustand',
    anyState: 'Jeder Zustand',
    api: 'API',
    anyApi: 'Jede API',
    owner: 'Inhaber',
    ownerFilter: 'Inhaber (E-Mail oder ID)',
    ownerUnknown:
      'Niemand heißt {owner}. Schreiben Sie die ID eines Kontos oder Clients oder die E-Mail-Adresse eines Kontos.',
    name: 'Name',
    expires: 'Läuft ab',
    lastUsed: 'Zuletzt benutzt',
    active: 'Aktiv',
    disabled: 'Gesperrt',
    expired: 'Abgelaufen',
    revoked: 'Widerrufen',
    neverExpires: 'Nie',
    neverUsed: 'Nie',
    account: 'Konto',
    client: 'Client',
    all: 'Alle Schlüssel',
  },
} as const
