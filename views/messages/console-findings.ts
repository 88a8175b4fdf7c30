/**
 * The findings of the doctor in German, by their code. In English they are said as the command line says them, so that
 * both are one text; `{about}` is what a finding names.
 */

/** A finding's sentences: for when it is as it should be, for when it is not, and what to do then. */
export interface FindingTexts {
  readonly good: string
  readonly bad: string
  readonly mend: string
}

/** German. */
export const consoleFindingsDe: Readonly<Record<string, FindingTexts>> = {
  production_mode: {
    good: 'NODE_ENV ist production: Der Server startet nicht, wenn etwas fehlt oder unsicher ist.',
    bad: 'Die Einstellungen sind die zum Ausprobieren: NODE_ENV ist nicht production.',
    mend: 'Setzen Sie NODE_ENV=production, wo Menschen sich darauf verlassen.',
  },
  log_level: {
    good: 'Das Protokoll sagt, was geschieht.',
    bad: 'LOG_LEVEL ist {about}.',
    mend: 'Nehmen Sie LOG_LEVEL=info: Sicherheitsereignisse und Fehler stehen dann darin und sonst nichts, was niemand liest.',
  },
  sealing_keys: {
    good: 'Geheimnisse in der Datenbank sind mit einem Schlüssel versiegelt, der außerhalb liegt.',
    bad: 'SEALING_KEYS ist in dieser Umgebung nicht gesetzt.',
    mend: 'Setzen Sie SEALING_KEYS wie bei den Servern.',
  },
  peppers_apart: {
    good: 'Die Pepper der API-Schlüssel sind nicht die Versiegelungsschlüssel.',
    bad: 'Ein Wert steht in SEALING_KEYS und in KEY_PEPPERS.',
    mend: 'Erzeugen Sie einen anderen Pepper mit: openssl rand -base64 32. Stellen Sie ihn voran und behalten Sie den alten, bis seine Schlüssel erneuert sind.',
  },
  password_hashing: {
    good: 'Passwörter werden mit argon2id zu den empfohlenen Kosten gehasht.',
    bad: 'Passwörter werden zu billig gehasht.',
    mend: 'Setzen Sie ARGON2_MEMORY_KIBIBYTES auf mindestens 19456 und ARGON2_ITERATIONS auf mindestens 2.',
  },
  administrators_asked_for_factor: {
    good: 'Wer verwaltet, wird nach einem zweiten Faktor gefragt.',
    bad: 'Wer verwaltet, darf das mit einem Passwort allein: ADMINISTRATOR_SECOND_FACTOR ist optional.',
    mend: 'Setzen Sie ADMINISTRATOR_SECOND_FACTOR=required.',
  },
  session_lifetimes: {
    good: 'Sitzungen enden nach einer Stunde ohne Gebrauch und nach einem Tag.',
    bad: 'Sitzungen dauern länger, als NIST SP 800-63B-4 für zwei Faktoren erlaubt: eine Stunde ungenutzt, ein Tag insgesamt.',
    mend: 'Senken Sie SESSION_IDLE_SECONDS auf 3600 und SESSION_LIFETIME_SECONDS auf 86400, oder halten Sie fest, warum nicht.',
  },
  leaked_keys_end: {
    good: 'Ein API-Schlüssel, der als bekannt geworden gemeldet wird, gilt nicht mehr.',
    bad: 'Ein API-Schlüssel, der als bekannt geworden gemeldet wird, gilt weiter: LEAKED_KEY_POLICY ist notify.',
    mend: 'Setzen Sie LEAKED_KEY_POLICY auf end oder grace.',
  },
  management_private: {
    good: 'Zustand und Messwerte werden nur auf dieser Maschine beantwortet.',
    bad: 'Zustand und Messwerte werden auf {about} beantwortet.',
    mend: 'Sorgen Sie dafür, dass nur das eigene Netz diesen Port erreicht, oder lassen Sie MANAGEMENT_HOST bei 127.0.0.1.',
  },
  trusted_proxies: {
    good: 'Welchen Proxys geglaubt wird, ist benannt, oder es braucht keinen.',
    bad: 'Der Aussteller ist https, also beendet ein Proxy TLS, aber TRUSTED_PROXIES ist leer: Alle haben die Adresse des Proxys.',
    mend: 'Setzen Sie TRUSTED_PROXIES auf die Adressen Ihrer Proxys: Grenzen und Adresslisten hängen davon ab.',
  },
  database_encrypted: {
    good: 'Der Weg zur Datenbank ist lokal oder verschlüsselt und geprüft.',
    bad: 'DATABASE_URL führt zu einer anderen Maschine ohne sslmode=verify-full.',
    mend: 'Ergänzen Sie ?sslmode=verify-full in DATABASE_URL, und sslrootcert bei eigener Zertifizierungsstelle.',
  },
  outbound_guarded: {
    good: 'Keine private Adresse ist für ausgehende Anfragen geöffnet.',
    bad: 'Diese Hosts dürfen privat sein und werden doch abgefragt: {about}.',
    mend: 'Behalten Sie in OUTBOUND_ALLOWED_HOSTS nur, was Clients für jwks_uri oder Abmeldungen brauchen.',
  },
  database_version: {
    good: 'PostgreSQL {about} ist das, womit diese Version geprüft wird, oder neuer.',
    bad: 'PostgreSQL {about} ist älter als das, womit diese Version geprüft wird: 18.',
    mend: 'Aktualisieren Sie den Datenbankserver auf PostgreSQL 18.',
  },
  database_role: {
    good: 'Die Rolle des Servers ist kein Superuser, oder die Datenbank ist seine eigene.',
    bad: 'Der Server benutzt einen Superuser der Datenbank.',
    mend: 'Legen Sie eine Rolle an, der nur diese Datenbank gehört, und nehmen Sie sie in DATABASE_URL.',
  },
  database_durable: {
    good: 'Was bestätigt ist, steht auf der Platte.',
    bad: 'fsync oder synchronous_commit ist aus: Ein Absturz kann zurückbringen, was widerrufen war.',
    mend: 'Schalten Sie beides in den Einstellungen der Datenbank ein.',
  },
  database_writable: {
    good: 'In die Datenbank kann geschrieben werden.',
    bad: 'DATABASE_URL führt zu einer Replik, in die nicht geschrieben werden kann.',
    mend: 'Lassen Sie DATABASE_URL zum primären Server führen.',
  },
  database_connections: {
    good: 'Die Datenbank nimmt genug Verbindungen an (angenommen / gebraucht: {about}).',
    bad: 'Die Datenbank nimmt zu wenige Verbindungen an (angenommen / gebraucht: {about}).',
    mend: 'Erhöhen Sie max_connections, oder senken Sie DATABASE_POOL_SIZE oder WORKERS. Zählen Sie jede Maschine.',
  },
  clock: {
    good: 'Die Uhren dieser Maschine und der Datenbank stimmen überein.',
    bad: 'Die Uhren dieser Maschine und der Datenbank liegen {about} Sekunden auseinander.',
    mend: 'Halten Sie beide mit NTP in der Zeit: Einmalcodes und Token hängen davon ab.',
  },
  pkce_everywhere: {
    good: 'Jeder Client muss PKCE benutzen.',
    bad: 'Von PKCE befreit: {about}.',
    mend: 'Lassen Sie diese Apps PKCE benutzen und führen Sie aus: latchkey clients change <id> --pkce-required true',
  },
  refresh_grace_public: {
    good: 'Kein öffentlicher Client darf ein Refresh-Token zweimal benutzen.',
    bad: 'Öffentliche Clients, die ein Refresh-Token eine Weile noch einmal benutzen dürfen: {about}.',
    mend: 'Setzen Sie die Frist auf 0, wo die App das neue Token speichern kann, bevor sie es benutzt.',
  },
  client_secret_post: {
    good: 'Kein Client sendet sein Geheimnis in einem Formular.',
    bad: 'Diese Clients senden ihr Geheimnis im Rumpf, wo Protokolle es finden: {about}.',
    mend: 'Nehmen Sie client_secret_basic oder besser private_key_jwt.',
  },
  client_certificates: {
    good: 'Jeder Client, der ein Zertifikat braucht, kann es zeigen.',
    bad: 'Diese Clients brauchen ein Zertifikat, und kein Proxy gibt eines weiter; sie bekommen also keine Token: {about}.',
    mend: 'Lassen Sie den Proxy Zertifikate prüfen und weitergeben, und setzen Sie CLIENT_CERTIFICATE_HEADER.',
  },
  jwt_lifetimes: {
    good: 'JWT-Zugriffstoken leben höchstens 15 Minuten.',
    bad: 'JWT-Zugriffstoken leben länger als 15 Minuten bei {about}: Eine API, die sie allein prüft, erfährt von keinem Widerruf.',
    mend: 'Verkürzen Sie sie, nehmen Sie opake Token, oder lassen Sie die API nachfragen.',
  },
  opaque_introspected: {
    good: 'Zu jeder API mit opaken Token gibt es jemanden, der nach ihnen fragen darf.',
    bad: 'Niemand darf nach den Token fragen für: {about}.',
    mend: 'Führen Sie aus: latchkey apis introspectors add <api> <client>',
  },
  signing_keys: {
    good: 'Für jeden Zweck gibt es einen Signaturschlüssel.',
    bad: 'Es gibt keinen Signaturschlüssel für {about}.',
    mend: 'Starten Sie den Server einmal: Er legt sie an.',
  },
  idle_api_keys: {
    good: 'Kein API-Schlüssel war 90 Tage lang unbenutzt.',
    bad: 'API-Schlüssel, die 90 Tage niemand benutzte: {about}.',
    mend: 'Sehen Sie sie an mit: latchkey api-keys hygiene --finding idle',
  },
  endless_api_keys: {
    good: 'Jeder API-Schlüssel endet eines Tages.',
    bad: 'API-Schlüssel, die nie ablaufen: {about}.',
    mend: 'Sehen Sie sie an mit: latchkey api-keys hygiene --finding no_expiry',
  },
  api_key_peppers_there: {
    good: 'Der Pepper jedes API-Schlüssels ist eingestellt.',
    bad: 'API-Schlüssel, die abgelehnt werden, weil ihr Pepper nicht in KEY_PEPPERS steht: {about}.',
    mend: 'Setzen Sie ihren Pepper wieder in KEY_PEPPERS, hinter den ersten, bis diese Schlüssel erneuert oder widerrufen sind.',
  },
  api_key_peppers_current: {
    good: 'Jeder API-Schlüssel ist mit dem ersten Pepper gehasht.',
    bad: 'API-Schlüssel, die noch mit einem älteren Pepper gehasht sind: {about}.',
    mend: 'Erneuern Sie sie. Es zeigt sie: latchkey api-keys hygiene --finding retired_pepper',
  },
  administrators_without_factor: {
    good: 'Alle, die verwalten, haben einen zweiten Faktor.',
    bad: 'Administratorinnen und Administratoren ohne zweiten Faktor: {about}.',
    mend: 'Lassen Sie sie auf ihrer eigenen Seite, /account/security, einen Passkey oder eine Authenticator-App hinzufügen. Die Konten der Konsole lassen sich auf sie eingrenzen.',
  },
}
