/** The texts of the console's pages that pause and end clients. */

/** English. */
export const consoleClientEndEn = {
  consoleClientEnd: {
    title: 'Stop it',
    lead: 'Disabling can be undone; deleting cannot.',
    disable: 'Disable',
    disableTitle: 'Disable {name}',
    disableRefused: '{name} is refused everything until it is enabled again.',
    enable: 'Enable',
    enableTitle: 'Enable {name}',
    enableAgain: 'It may ask for tokens again. What ended when it was disabled stays ended.',
    end: 'End everything',
    delete: 'Delete',
    deleteTitle: 'Delete {name}',
    deleteSecrets: 'Its secrets, permissions and roles are deleted.',
    deleteForever: 'It cannot be undone.',
    people: 'It loses the access that {count} people gave it.',
    onePerson: 'It loses the access that one person gave it.',
    noPeople: 'Nobody has given it access to an account at the moment.',
    tokens: 'Every token it holds stops working within a second, on every instance.',
    keysEnd: '{count} API keys of it stop working.',
    oneKeyEnds: 'One API key of it stops working.',
  },
} as const

/** German. */
export const consoleClientEndDe = {
  consoleClientEnd: {
    title: 'Anhalten',
    lead: 'Sperren lässt sich zurücknehmen, Löschen nicht.',
    disable: 'Sperren',
    disableTitle: '{name} sperren',
    disableRefused: '{name} wird alles verweigert, bis er wieder freigegeben wird.',
    enable: 'Freigeben',
    enableTitle: '{name} freigeben',
    enableAgain: 'Er darf wieder Token anfordern. Was mit dem Sperren endete, bleibt beendet.',
    end: 'Alles beenden',
    delete: 'Löschen',
    deleteTitle: '{name} löschen',
    deleteSecrets: 'Seine Geheimnisse, Berechtigungen und Rollen werden gelöscht.',
    deleteForever: 'Es lässt sich nicht rückgängig machen.',
    people: 'Er verliert den Zugriff, den ihm {count} Menschen gegeben haben.',
    onePerson: 'Er verliert den Zugriff, den ihm ein Mensch gegeben hat.',
    noPeople: 'Im Moment hat ihm niemand Zugriff auf ein Konto gegeben.',
    tokens: 'Jedes Token, das er hat, gilt binnen einer Sekunde nicht mehr, auf jeder Instanz.',
    keysEnd: '{count} seiner API-Schlüssel gelten nicht mehr.',
    oneKeyEnds: 'Ein API-Schlüssel von ihm gilt nicht mehr.',
  },
} as const
