/** The texts about what accounts and clients may do at APIs, and of the pages on which it is given and taken. */

/** English. */
export const consolePermissionsEn = {
  consolePermissions: {
    title: 'Roles and permissions',
    panelLead: 'What may be done at each API, and why.',
    none: 'Nothing was given at any API yet.',
    directly: 'directly',
    byRole: 'by the role {role}',
    give: 'Give or take',
    change: 'Change',
    backTo: 'Back to {name}',
    chooseTitle: 'At which API?',
    chooseLead: 'Roles and permissions of {name} are given at one API at a time.',
    searchApis: 'Name, identifier or ID of an API',
    noApis: 'There is no API yet. Make one first.',
    atTitle: '{name} at {api}',
    scopes: 'Permissions',
    scopesLead:
      'Given directly; what a role gives is not ticked here. What you untick is taken at once: tokens and keys are worth no more than what is left.',
    noScopes: 'This API has no scopes yet. Give it some first.',
    toScopes: 'To the scopes of the API',
    roles: 'Roles',
    rolesLead: 'A role gives all its scopes, also those it gets later.',
    noRoles: 'This API has no roles yet.',
  },
} as const

/** German. */
export const consolePermissionsDe = {
  consolePermissions: {
    title: 'Rollen und Berechtigungen',
    panelLead: 'Was an jeder API erlaubt ist, und warum.',
    none: 'Noch wurde an keiner API etwas gegeben.',
    directly: 'direkt',
    byRole: 'durch die Rolle {role}',
    give: 'Geben oder nehmen',
    change: 'Ändern',
    backTo: 'Zurück zu {name}',
    chooseTitle: 'An welcher API?',
    chooseLead: 'Rollen und Berechtigungen von {name} werden an einer API nach der anderen gegeben.',
    searchApis: 'Name, Kennung oder ID einer API',
    noApis: 'Es gibt noch keine API. Legen Sie zuerst eine an.',
    atTitle: '{name} an {api}',
    scopes: 'Berechtigungen',
    scopesLead:
      'Direkt gegeben; was eine Rolle gibt, ist hier nicht angekreuzt. Was Sie abwählen, wird sofort entzogen: Token und Schlüssel sind nur noch wert, was bleibt.',
    noScopes: 'Diese API hat noch keine Scopes. Geben Sie ihr zuerst welche.',
    toScopes: 'Zu den Scopes der API',
    roles: 'Rollen',
    rolesLead: 'Eine Rolle gibt alle ihre Scopes, auch spätere.',
    noRoles: 'Diese API hat noch keine Rollen.',
  },
} as const
