/** What the rooms and the doors refuse, as whole sentences. */
import type { Translation } from './translation.ts'

/** German. */
export const refusalsDe: readonly Translation[] = [
  // Accounts.
  [
    'The account met another change of the same name. Try again.',
    'Das Konto geriet an eine andere Änderung desselben Namens. Versuchen Sie es noch einmal.',
  ],
  [
    'Somebody took that name at the same moment.',
    'Jemand anderes hat diesen Namen im selben Augenblick genommen.',
  ],
  ['There is no such account.', 'Dieses Konto gibt es nicht.'],
  ['An account has this e-mail address.', 'Ein Konto hat diese E-Mail-Adresse schon.'],
  ['There is no such invitation.', 'Diese Einladung gibt es nicht.'],
  ['The account has no such second factor.', 'Das Konto hat keinen solchen zweiten Faktor.'],
  ['The password is too long or is not text.', 'Das Passwort ist zu lang oder kein Text.'],
  ['The last owner who can sign in stays.', 'Der letzte Owner, der sich anmelden kann, bleibt.'],
  [
    'The last owner who can sign in stays an owner.',
    'Der letzte Owner, der sich anmelden kann, bleibt Owner.',
  ],
  [
    'The last owner who can sign in stays; make another account one first.',
    'Der letzte Owner, der sich anmelden kann, bleibt; machen Sie zuerst ein anderes Konto dazu.',
  ],
  // What somebody may do.
  [/^This account may do more than you may: (.*)\.$/, 'Dieses Konto darf mehr als Sie: {0}.'],
  [/^This client may do more than you may: (.*)\.$/, 'Dieser Client darf mehr als Sie: {0}.'],
  [
    /^That needs permissions you do not have: (.*)\.$/,
    'Das braucht Berechtigungen, die Sie nicht haben: {0}.',
  ],
  [
    'To give roles along, one needs the permission roles:write.',
    'Um Rollen mitzugeben, braucht man die Berechtigung roles:write.',
  ],
  // APIs, scopes and roles.
  ['There is no such API.', 'Diese API gibt es nicht.'],
  [
    'There is an API with this identifier or id already.',
    'Es gibt schon eine API mit diesem Bezeichner oder dieser ID.',
  ],
  [
    'The API was changed by somebody else meanwhile; look at it again.',
    'Die API wurde inzwischen von jemand anderem geändert; sehen Sie sie noch einmal an.',
  ],
  [/^The API has no scope (.*)\.$/, 'Die API hat den Scope {0} nicht.'],
  [
    'This API is part of the server and cannot be changed.',
    'Diese API gehört zum Server und lässt sich nicht ändern.',
  ],
  [
    'This role is part of the server and cannot be changed.',
    'Diese Rolle gehört zum Server und lässt sich nicht ändern.',
  ],
  ['There is no such role.', 'Diese Rolle gibt es nicht.'],
  [
    'The API has a role with this name or id already.',
    'Die API hat schon eine Rolle mit diesem Namen oder dieser ID.',
  ],
  [
    'The role was changed by somebody else meanwhile; look at it again.',
    'Die Rolle wurde inzwischen von jemand anderem geändert; sehen Sie sie noch einmal an.',
  ],
  [/^The API has (\d+) roles already\.$/, 'Die API hat schon {0} Rollen.'],
  ['There is nobody with this id.', 'Mit dieser ID gibt es niemanden.'],
  ['There is no such account or client.', 'Ein solches Konto oder einen solchen Client gibt es nicht.'],
  // Clients.
  ['There is no such client.', 'Diesen Client gibt es nicht.'],
  [
    'openid cannot be refused by itself: it is the sign-in.',
    'openid lässt sich nicht einzeln ablehnen: Es ist die Anmeldung.',
  ],
  [
    'A public client cannot be exempt from PKCE.',
    'Ein öffentlicher Client kann nicht von PKCE ausgenommen werden.',
  ],
  ['A native app cannot be exempt from PKCE.', 'Eine native App kann nicht von PKCE ausgenommen werden.'],
  ['There is a client with this id already.', 'Es gibt schon einen Client mit dieser ID.'],
  [
    'The client was changed by somebody else meanwhile; look at it again.',
    'Der Client wurde inzwischen von jemand anderem geändert; sehen Sie ihn noch einmal an.',
  ],
  [
    'This client is part of the server and cannot be changed.',
    'Dieser Client gehört zum Server und lässt sich nicht ändern.',
  ],
  [
    'The changes must be an object of metadata members.',
    'Die Änderungen müssen ein Objekt aus Metadaten sein.',
  ],
  ['A secret must expire in the future.', 'Ein Geheimnis muss in der Zukunft ablaufen.'],
  [
    'A secret must expire in the future, or be revoked.',
    'Ein Geheimnis muss in der Zukunft ablaufen oder widerrufen werden.',
  ],
  [
    'This client does not authenticate with a secret.',
    'Dieser Client authentifiziert sich nicht mit einem Geheimnis.',
  ],
  [
    'The client has two secrets already; revoke one or let it expire first.',
    'Der Client hat schon zwei Geheimnisse; widerrufen Sie zuerst eines, oder lassen Sie es ablaufen.',
  ],
  ['This secret expires by then already.', 'Dieses Geheimnis läuft bis dahin schon ab.'],
  ['The client has no such secret.', 'Der Client hat kein solches Geheimnis.'],
  // API keys.
  ['There is no such API key.', 'Diesen API-Schlüssel gibt es nicht.'],
  [
    'The API key was revoked, which is for good; make another one.',
    'Der API-Schlüssel wurde widerrufen, und das bleibt so; legen Sie einen neuen an.',
  ],
  [
    'The API key was changed by somebody else meanwhile; look at it again.',
    'Der API-Schlüssel wurde inzwischen von jemand anderem geändert; sehen Sie ihn noch einmal an.',
  ],
  [
    'The API key is being rotated already; end that first, or wait until the older secret expires.',
    'Der API-Schlüssel wird schon erneuert; beenden Sie das zuerst, oder warten Sie, bis das ältere Geheimnis abläuft.',
  ],
  ['The key was changed since.', 'Der Schlüssel wurde seitdem geändert.'],
  [/^The owner does not have (.*) at this API\.$/, 'Der Inhaber hat {0} an dieser API nicht.'],
  ['A key must expire in the future.', 'Ein Schlüssel muss in der Zukunft ablaufen.'],
  ['The account is disabled.', 'Das Konto ist gesperrt.'],
  ['The client is disabled.', 'Der Client ist gesperrt.'],
  ['This is nothing that can be undone.', 'Das lässt sich nicht rückgängig machen.'],
  // What is looked at.
  ['There is no such event.', 'Dieses Ereignis gibt es nicht.'],
  ['There is no such session.', 'Diese Sitzung gibt es nicht.'],
  ['There is no such grant.', 'Diese Erlaubnis gibt es nicht.'],
  ['There is nothing with this id.', 'Mit dieser ID gibt es nichts.'],
  ['after is not a place in this list.', 'after ist keine Stelle in dieser Liste.'],
  // Settings.
  ['There are no such settings.', 'Solche Einstellungen gibt es nicht.'],
  [/^There is no setting (.*)\.$/, 'Eine Einstellung {0} gibt es nicht.'],
  [
    'The settings were changed by somebody else meanwhile; look at them again.',
    'Die Einstellungen wurden inzwischen von jemand anderem geändert; sehen Sie sie noch einmal an.',
  ],
  [
    /^(\w+) is set in the environment of the server, which wins\. Remove it there first, and restart\.$/,
    '{0} steht in der Umgebung des Servers, und sie geht vor. Nehmen Sie es zuerst dort weg, und starten Sie neu.',
  ],
  [
    /^(\w+) is set in the environment of the servers alone, with everything that is secret, that says where and on what they run, or that they read from their disk\.$/,
    '{0} wird allein in der Umgebung der Server gesetzt, wie alles, was geheim ist, was sagt, wo und worauf sie laufen, oder was sie von ihrer Platte lesen.',
  ],
  // Of a request itself.
  [
    'This form is of another session. Open the page again.',
    'Dieses Formular gehört zu einer anderen Sitzung. Öffnen Sie die Seite noch einmal.',
  ],
  [
    'This form can only be sent from our own pages.',
    'Dieses Formular kann nur von unseren eigenen Seiten gesendet werden.',
  ],
  [
    'This idempotency key was used for another request.',
    'Dieser Idempotenz-Schlüssel wurde für eine andere Anfrage benutzt.',
  ],
  ['A field of the form is sent twice.', 'Ein Feld des Formulars ist doppelt gesendet.'],
  ['A form is sent with POST.', 'Ein Formular wird mit POST gesendet.'],
  ['The body must not be compressed.', 'Der Inhalt darf nicht komprimiert sein.'],
  [
    'The body must be application/x-www-form-urlencoded in UTF-8.',
    'Der Inhalt muss application/x-www-form-urlencoded in UTF-8 sein.',
  ],
  ['The form is not valid UTF-8.', 'Das Formular ist kein gültiges UTF-8.'],
  ['The form contains a NUL.', 'Das Formular enthält ein NUL-Zeichen.'],
  [/^The body is larger than (\d+) KiB\.$/, 'Der Inhalt ist größer als {0} KiB.'],
  ['The body ended early.', 'Der Inhalt endete zu früh.'],
  ['There is nothing at this address.', 'Unter dieser Adresse gibt es nichts.'],
  [/^This address knows (.*)\.$/, 'Diese Adresse kennt {0}.'],
  [
    'The request holds characters that cannot be stored.',
    'Die Anfrage enthält Zeichen, die sich nicht speichern lassen.',
  ],
  ['The request is malformed.', 'Die Anfrage ist fehlerhaft.'],
  // Of the moment.
  [
    'The server is busy. Try again in a moment.',
    'Der Server ist ausgelastet. Versuchen Sie es gleich noch einmal.',
  ],
  ['The sign-in cannot be finished just now.', 'Die Anmeldung lässt sich gerade nicht abschließen.'],
  [
    'The service is temporarily unavailable, try again shortly.',
    'Der Dienst ist vorübergehend nicht erreichbar; versuchen Sie es in Kürze noch einmal.',
  ],
  ['Something went wrong on our side.', 'Bei uns ist etwas schiefgegangen.'],
]
