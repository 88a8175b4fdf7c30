import { enrolmentDe, recoveryCodesDe, secondFactorDe } from './second-factor.ts'
import { apiDocsDe } from './api-docs.ts'
import { credentialMailsDe } from './credential-mails.ts'
import { mailDe } from './mail.ts'
import { noticesDe } from './notices.ts'
import { ownPasswordDe } from './own-password.ts'
import { recoveryDe } from './recovery.ts'
import { requestErrorsDe } from './request-errors.ts'
import { signUpDe } from './sign-up.ts'
import { deviceDe } from './device.ts'
import { chooseAccountDe } from './choose-account.ts'
import type { Texts } from './messages.ts'
import { consoleSigningKeysDe } from './console-signing-keys.ts'
import { consoleOverviewDe } from './console-overview.ts'
import { consoleIncidentDe } from './console-incident.ts'
import { consoleAccountsDe } from './console-accounts.ts'
import { consoleSessionsDe } from './console-sessions.ts'
import { consoleFactorsDe } from './console-factors.ts'
import { consolePermissionsDe } from './console-permissions.ts'
import { consoleRolesDe } from './console-roles.ts'
import { consoleDe } from './console.ts'
import { consoleClientFormsDe } from './console-client-forms.ts'
import { consoleClientEndDe } from './console-client-end.ts'
import { consoleConnectDe } from './console-connect.ts'
import { consoleApisDe } from './console-apis.ts'
import { consoleApiReachDe } from './console-api-reach.ts'
import { consoleClientsDe } from './console-clients.ts'
import { consoleSettingFormsDe } from './console-setting-forms.ts'
import { consoleSettingsDe } from './console-settings.ts'
import { consoleSettingTextsDe } from './console-setting-texts.ts'
import { consoleHealthDe } from './console-health.ts'
import { consoleAuditDe } from './console-audit.ts'
import { consoleAuditEventsDe } from './console-audit-events.ts'
import { consoleExplainDe } from './console-explain.ts'
import { consoleHygieneDe } from './console-hygiene.ts'
import { consoleKeysDe } from './console-keys.ts'
import { consoleKeyDe } from './console-key.ts'
import { consoleKeyFormsDe } from './console-key-forms.ts'
import { accountAccessDe } from './account-access.ts'
import { accountProfileDe } from './account-profile.ts'
import { accountKeysDe } from './account-keys.ts'
import { accountSecurityDe } from './account-security.ts'
import { accountDe } from './account.ts'
import { activityDe } from './activity.ts'
import { appDe } from './app.ts'
import { passkeysDe } from './passkeys.ts'
import { passwordDe } from './password.ts'
import { ownSessionDe } from './own-session.ts'

/** The German texts, addressing people as "Sie". */
export const de: Texts = {
  common: {
    titleWithProblem: 'Fehler: {title}',
    titleWithBrand: '{title} · {brand}',
    footer: 'Über diesen Dienst',
    help: 'Hilfe',
    showPassword: 'Passwort anzeigen',
    hidePassword: 'Passwort verbergen',
  },
  signIn: {
    title: 'Anmelden',
    toContinueTo: 'Weiter zu {client}',
    login: 'E-Mail-Adresse oder Benutzername',
    password: 'Passwort',
    submit: 'Anmelden',
    cancel: 'Abbrechen und zurück',
    wrongCredentials:
      'E-Mail-Adresse, Benutzername oder Passwort stimmt nicht. Bitte versuchen Sie es erneut.',
    passwordCompromised: 'Andere kennen dieses Passwort vielleicht, deshalb gilt es nicht mehr.',
    compromisedByMail: 'Link per E-Mail anfordern, um ein anderes zu wählen',
    compromisedAsk: 'Bitten Sie um ein neues, wo dieser Dienst betrieben wird.',
    tooManyAttempts: 'Es gab zu viele Versuche. Bitte versuchen Sie es {when} erneut.',
    overloaded:
      'Wir sind gerade ausgelastet und haben Ihr Passwort nicht geprüft. Bitte versuchen Sie es {when} erneut.',
    expired: 'Diese Seite war zu lange geöffnet. Bitte melden Sie sich erneut an.',
    shortly: 'gleich',
    forgotten: 'Passwort vergessen?',
    noAccount: 'Noch kein Konto?',
    createAccount: 'Konto anlegen',
  },
  apiDocs: apiDocsDe,
  chooseAccount: chooseAccountDe,
  device: deviceDe,
  passkeys: passkeysDe,
  newPassword: passwordDe,
  consent: {
    title: '{client} möchte auf Ihr Konto zugreifen',
    signedInAs: 'Angemeldet als',
    switchAccount: 'Konto wechseln',
    notOurs:
      '{client} wird nicht von {brand} betrieben. Erlauben Sie den Zugriff nur, wenn Sie der App vertrauen.',
    itMay: 'Wenn Sie zustimmen, kann {client}:',
    aboutYou: 'Ihr Profil',
    onlySignIn: 'Sie bei der Anmeldung wiedererkennen. Weitere Daten werden nicht weitergegeben.',
    isNew: 'Neu',
    offline: 'Der Zugriff besteht auch in Ihrer Abwesenheit, bis Sie ihn widerrufen.',
    online: 'Der Zugriff besteht, solange Sie angemeldet sind.',
    offlineFor:
      'Der Zugriff besteht auch in Ihrer Abwesenheit, höchstens {time} oder bis Sie ihn widerrufen.',
    redirectDevice: 'Anschließend kehren Sie zu einer App auf diesem Gerät zurück ({host}).',
    verified: '{brand} hat geprüft, wer {client} betreibt.',
    optional: 'Was ein Kästchen hat, entscheiden Sie: Wählen Sie, was Sie zusätzlich erlauben möchten.',
    redirect: 'Anschließend gelangen Sie zu {host}.',
    allow: 'Erlauben',
    deny: 'Ablehnen',
    policy: 'Datenschutzerklärung',
    terms: 'Nutzungsbedingungen',
    website: 'Website',
    documents: 'Über {client}',
  },
  scopes: {
    openid: 'Sie bei der Anmeldung wiedererkennen',
    profile: 'Ihren Namen, Ihr Bild und weitere Profilangaben sehen',
    email: 'Ihre E-Mail-Adresse sehen',
    address: 'Ihre Postanschrift sehen',
    phone: 'Ihre Telefonnummer sehen',
    offline_access: 'Auch in Ihrer Abwesenheit zugreifen, bis Sie es widerrufen',
  },
  signOut: {
    title: 'Abmelden?',
    fromApp: '{client} möchte Ihre Sitzung bei {brand} beenden.',
    fromHere: 'Damit beenden Sie Ihre Sitzung bei {brand}.',
    explanation: 'Apps, bei denen Sie sich damit angemeldet haben, bitten Sie dann um eine neue Anmeldung.',
    confirm: 'Abmelden',
    stay: 'Angemeldet bleiben',
    doneTitle: 'Sie sind abgemeldet',
    doneText: 'Ihre Sitzung bei {brand} ist beendet. Sie können diese Seite schließen.',
    doneContinue: 'Weiter zu {client}',
  },
  error: {
    titleRequest: 'Diese Anfrage hat nicht funktioniert',
    titleServer: 'Bei uns ist etwas schiefgegangen',
    whatRequest:
      'Die Anfrage, mit der Sie hierher gelangt sind, ist ungültig; deshalb haben wir sie abgebrochen.',
    whatServer: 'Wir konnten Ihre Anfrage nicht abschließen. Das liegt nicht an Ihnen.',
    nextRequest:
      'Kehren Sie zu der App zurück, aus der Sie gekommen sind, und beginnen Sie von vorn. Tritt der Fehler erneut auf, wenden Sie sich an den Anbieter der App.',
    nextServer:
      'Bitte warten Sie einen Moment und versuchen Sie es erneut. Tritt der Fehler wieder auf, wenden Sie sich an den Support.',
    details: 'Angaben für den Support',
    code: 'Code',
    description: 'Beschreibung',
    requestId: 'Anfrage-ID',
    signInOverTitle: 'Diese Anmeldung ist vorbei',
    signInOverText:
      'Sie ist schon abgeschlossen, war zu lange geöffnet oder wurde in einem anderen Browser begonnen.',
    signInOverNext:
      'Bitte kehren Sie zu der App zurück, aus der Sie gekommen sind, und beginnen Sie dort von vorn.',
    notFoundTitle: 'Hier gibt es keine Seite',
    notFoundText: 'Vielleicht enthält die Adresse einen Tippfehler, oder der Link ist veraltet.',
    notFoundNext:
      'Bitte prüfen Sie die Adresse, oder kehren Sie zu der App zurück, aus der Sie gekommen sind.',
    tooManyTitle: 'Zu viele Anfragen',
    tooManyText: 'Aus Ihrem Netzwerk kamen mehr Anfragen, als wir auf einmal beantworten können.',
    tooManyNext: 'Bitte versuchen Sie es {when} erneut.',
    unavailableTitle: 'Wir sind gleich wieder da',
    unavailableText: 'Der Dienst ist im Moment nicht erreichbar.',
    unavailableNext: 'Bitte versuchen Sie es {when} erneut.',
  },
  requestErrors: requestErrorsDe,
  setup: {
    title: 'Ersten Administrator anlegen',
    intro: 'Mit diesem Konto lässt sich bei {brand} alles verwalten. Der Link funktioniert nur einmal.',
    email: 'E-Mail-Adresse',
    name: 'Name',
    password: 'Passwort',
    submit: 'Administrator anlegen',
    linkInvalidTitle: 'Dieser Link ist nicht mehr gültig',
    linkInvalid: 'Er wurde bereits verwendet oder ist abgelaufen.',
    linkInvalidNext: 'Wer Zugang zum Server hat, kann auf der Befehlszeile einen neuen Link erzeugen.',
    invalidEmail: 'Das sieht nicht nach einer E-Mail-Adresse aus.',
    nameMissing: 'Bitte geben Sie einen Namen ein.',
    doneTitle: 'Der Administrator ist angelegt',
    doneText:
      '{email} kann sich jetzt anmelden. Der Link, mit dem Sie hierher gelangt sind, funktioniert nicht mehr.',
    doneContinue: 'Konsole öffnen',
  },
  home: {
    title: 'Anmeldedienst',
    intro: '{brand} meldet über diesen Server Personen bei Apps an und gibt Programmen Zugriff auf APIs.',
    running: 'Der Dienst läuft',
    notRunning: 'Der Dienst ist im Moment nicht erreichbar',
    usually:
      'Um sich bei einer App anzumelden, öffnen Sie die App: Sie führt Sie zur richtigen Seite. Ihr eigenes Konto finden Sie hier.',
    account: 'Ihr Konto',
    developers: 'Für Entwicklerinnen und Entwickler',
    openidConfiguration: 'OpenID-Connect-Discovery-Dokument',
    authorizationServer: 'Metadaten des OAuth-2.0-Autorisierungsservers',
  },
  ...consoleDe,
  ...consoleApisDe,
  ...consoleApiReachDe,
  ...consoleClientsDe,
  ...consoleClientFormsDe,
  ...consoleClientEndDe,
  ...consoleConnectDe,
  ...consoleAuditDe,
  ...consoleHealthDe,
  ...consoleSettingFormsDe,
  ...consoleSettingsDe,
  consoleSettingTexts: consoleSettingTextsDe,
  consoleAuditEvents: consoleAuditEventsDe,
  ...consoleKeysDe,
  ...consoleKeyFormsDe,
  ...consoleKeyDe,
  ...consoleHygieneDe,
  ...consoleExplainDe,
  ...consoleOverviewDe,
  ...consoleSigningKeysDe,
  ...consoleIncidentDe,
  ...consoleAccountsDe,
  ...consoleFactorsDe,
  ...consolePermissionsDe,
  ...consoleRolesDe,
  ...consoleSessionsDe,
  ownSession: ownSessionDe,
  app: appDe,
  account: accountDe,
  accountProfile: accountProfileDe,
  accountAccess: accountAccessDe,
  accountSecurity: accountSecurityDe,
  accountKeys: accountKeysDe,
  activity: activityDe,
  mail: mailDe,
  credentialMails: credentialMailsDe,
  notices: noticesDe,
  recovery: recoveryDe,
  ownPassword: ownPasswordDe,
  secondFactor: secondFactorDe,
  enrolment: enrolmentDe,
  recoveryCodes: recoveryCodesDe,
  signUp: signUpDe,
}
