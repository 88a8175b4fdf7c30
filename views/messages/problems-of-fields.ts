/** What is wrong with a field, as the rooms say it: the end of a sentence. */
import type { Translation } from './translation.ts'

/** German. */
export const fieldProblemsDe: readonly Translation[] = [
  // Text and lists.
  ['must not be empty', 'darf nicht leer sein'],
  [/^is longer than (\d+) characters$/, 'ist länger als {0} Zeichen'],
  ['is not valid Unicode', 'ist kein gültiges Unicode'],
  ['has control characters or line ends', 'enthält Steuerzeichen oder Zeilenumbrüche'],
  [
    'has invisible characters that change the direction of text',
    'enthält unsichtbare Zeichen, die die Schreibrichtung ändern',
  ],
  ['begins or ends with a space', 'beginnt oder endet mit einem Leerzeichen'],
  [/^has more than (\d+) entries$/, 'hat mehr als {0} Einträge'],
  ['has an entry more than once', 'enthält einen Eintrag mehrfach'],
  ['is not an email address', 'ist keine E-Mail-Adresse'],
  ['is not a scope', 'ist kein Scope'],
  [
    'must have printable ASCII characters without space, " and \\',
    'muss aus druckbaren ASCII-Zeichen bestehen, ohne Leerzeichen, " und \\',
  ],
  ['is a scope of OpenID Connect', 'ist ein Scope von OpenID Connect'],
  [/^has more than (\d+) scopes$/, 'hat mehr als {0} Scopes'],
  ['has a scope more than once', 'enthält einen Scope mehrfach'],
  ['is not an id', 'ist keine ID'],
  ['is not a place in this list', 'ist keine Stelle in dieser Liste'],
  ['is not a type of event', 'ist keine Art von Ereignis'],
  ['is not an address', 'ist keine Adresse'],
  ['must be requests/seconds or requests/seconds/burst', 'muss wie 600/60 oder 600/60/100 aussehen'],
  // Addresses.
  ['is not an origin, such as https://app.example', 'ist kein Origin wie https://app.example'],
  ['has a fragment', 'hat ein Fragment'],
  ['has a wildcard; list every URL by itself', 'hat einen Platzhalter; führen Sie jede URL einzeln auf'],
  ['has a character that has no place in a URL', 'enthält ein Zeichen, das in keine URL gehört'],
  ['is not an absolute URL', 'ist keine vollständige URL'],
  [
    'must use https, or http to 127.0.0.1, [::1] or localhost',
    'muss https verwenden, oder http zu 127.0.0.1, [::1] oder localhost',
  ],
  ['must use https', 'muss https verwenden'],
  ['has a user name or password', 'enthält einen Benutzernamen oder ein Passwort'],
  ['has a host that ends with a dot', 'hat einen Host, der mit einem Punkt endet'],
  [/^is not in its plain form, which is (.*)$/, 'ist nicht in der einfachen Form, nämlich {0}'],
  ['ends with an empty query', 'endet mit einer leeren Abfrage'],
  ['has an encoded control character', 'enthält ein kodiertes Steuerzeichen'],
  [
    'has an encoded dot, slash, backslash or percent sign in its path',
    'hat im Pfad einen kodierten Punkt, Schrägstrich, Backslash oder ein kodiertes Prozentzeichen',
  ],
  ['has a dot segment in its path', 'hat ein Punktsegment im Pfad'],
  [
    /^has the query parameter (.*), which is part of the response$/,
    'hat den Abfrageparameter {0}, der zur Antwort gehört',
  ],
  // What goes together.
  [
    'refresh_token needs authorization_code or device_code',
    'refresh_token braucht authorization_code oder device_code',
  ],
  [
    'client_credentials needs a client that authenticates',
    'client_credentials braucht einen Client, der sich authentifiziert',
  ],
  [
    'must be ["code"] with authorization_code, and [] without',
    'muss mit authorization_code ["code"] sein, sonst []',
  ],
  ['must have an entry for authorization_code', 'braucht für authorization_code einen Eintrag'],
  ['must be empty without authorization_code', 'muss ohne authorization_code leer sein'],
  [
    'must use http to reach a native app on this machine',
    'muss http verwenden, um eine native App auf diesem Gerät zu erreichen',
  ],
  ['needs backchannel_logout_uri', 'braucht backchannel_logout_uri'],
  // Keys.
  [
    'private_key_jwt needs either jwks or jwks_uri, and not both',
    'private_key_jwt braucht entweder jwks oder jwks_uri, nicht beide',
  ],
  ['belongs to private_key_jwt alone', 'gehört nur zu private_key_jwt'],
  ['belongs to tls_client_auth alone', 'gehört nur zu tls_client_auth'],
  [
    'must be the one name of the certificate: tls_client_auth needs exactly one',
    'muss der eine Name des Zertifikats sein: tls_client_auth braucht genau einen',
  ],
  [
    'must not be together with dpop_bound_access_tokens',
    'darf nicht zusammen mit dpop_bound_access_tokens stehen',
  ],
  [
    'is not a subject as RFC 4514 writes it, such as CN=api,O=Example',
    'ist kein Name, wie RFC 4514 ihn schreibt, etwa CN=api,O=Example',
  ],
  ['is not the name of a host', 'ist kein Hostname'],
  ['is not a URI of printable ASCII characters', 'ist keine URI aus druckbaren ASCII-Zeichen'],
  ['is not an IP address', 'ist keine IP-Adresse'],
  ['fits none of the keys in jwks', 'passt zu keinem der Schlüssel in jwks'],
  ['must be base64url', 'muss base64url sein'],
  ['must have 1 to 200 printable characters', 'muss 1 bis 200 druckbare Zeichen haben'],
  ['must be sig: nothing is encrypted to clients', 'muss sig sein: Für Clients wird nichts verschlüsselt'],
  ['must be ["verify"]', 'muss ["verify"] sein'],
  [
    /^has the private member (.*): send public keys only, and replace this one$/,
    'hat den privaten Teil {0}: Senden Sie nur öffentliche Schlüssel, und ersetzen Sie diesen',
  ],
  ['must be an EC, OKP or RSA key', 'muss ein EC-, OKP- oder RSA-Schlüssel sein'],
  ['must have a key', 'muss einen Schlüssel enthalten'],
  [/^has more than (\d+) keys$/, 'hat mehr als {0} Schlüssel'],
  ['need a kid each, as there are several', 'brauchen je eine kid, da es mehrere sind'],
  ['have the same kid more than once', 'haben dieselbe kid mehrfach'],
  ['is not a valid key', 'ist kein gültiger Schlüssel'],
  ['has fewer than 2048 bits', 'hat weniger als 2048 Bit'],
  ['has more than 8192 bits', 'hat mehr als 8192 Bit'],
  ['has an unsafe exponent', 'hat einen unsicheren Exponenten'],
  // API keys.
  ['is not the id of an API key', 'ist nicht die ID eines API-Schlüssels'],
  ['must be a time such as 2026-12-31T12:00:00Z', 'muss eine Zeit wie 2026-12-31T12:00:00Z sein'],
  [/^has more than (\d+) ranges$/, 'hat mehr als {0} Bereiche'],
  ['must be written as an IPv4 range', 'muss als IPv4-Bereich geschrieben sein'],
  [
    'must be an address or a range of addresses, such as 203.0.113.7 or 10.0.0.0/8',
    'muss eine Adresse oder ein Adressbereich sein, wie 203.0.113.7 oder 10.0.0.0/8',
  ],
  // Accounts.
  ['must change something', 'muss etwas ändern'],
  ['must not have control characters', 'darf keine Steuerzeichen enthalten'],
  ['must be an https URL', 'muss eine https-URL sein'],
  ['must be YYYY-MM-DD, 0000-MM-DD or YYYY', 'muss wie JJJJ-MM-TT, 0000-MM-TT oder JJJJ aussehen'],
  ['must be a time zone such as Europe/Paris', 'muss eine Zeitzone wie Europe/Paris sein'],
  ['must be a language tag such as de-CH', 'muss ein Sprachkürzel wie de-CH sein'],
  ['must be in the form +14155550100 (E.164)', 'muss wie +14155550100 aussehen (E.164)'],
  ['must be well-formed Unicode', 'muss gültiges Unicode sein'],
  [
    'must be one e-mail address, such as name@example.com',
    'muss eine einzelne E-Mail-Adresse wie name@example.com sein',
  ],
  [
    /^must have 1 to (\d+) letters and digits, with \. _ or - only between them, and no look-alike forms$/,
    'muss 1 bis {0} Buchstaben und Ziffern haben, mit . _ oder - nur dazwischen, ohne verwechselbare Zeichen',
  ],
  [
    /^(?:id: )?must have 1 to 100 letters, digits and \. _ ~ -$/,
    'Die ID muss 1 bis 100 Buchstaben, Ziffern und . _ ~ - haben',
  ],
  [/^(?:id: )?must not begin like the id of an account$/, 'Die ID darf nicht wie die eines Kontos beginnen'],
  // Settings.
  ['must be a colour such as #2f5bea', 'muss eine Farbe wie #2f5bea sein'],
  [/^(.*) must be <text>\|<https address>$/, '{0} muss <Text>|<https-Adresse> sein'],
  [/^cannot be longer than ([A-Z_]+)$/, 'darf nicht länger sein als {0}'],
  [/^must be shorter than ([A-Z_]+)$/, 'muss kürzer sein als {0}'],
  [
    'is required with SIGN_UP=open and SIGN_UP=invitation, whose links are mailed',
    'wird für SIGN_UP=open und SIGN_UP=invitation gebraucht, deren Links gemailt werden',
  ],
  ['cannot be set and reset in one change', 'lässt sich nicht in einer Änderung setzen und zurücksetzen'],
]
