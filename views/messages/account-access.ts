/** The English texts about who has access: sessions, connected apps, activity, and the person's data. */
export const accountAccessEn = {
  sessionsLead:
    'Browsers in which you are signed in. If you do not know one, end it and change your password.',
  thisSession: 'This browser',
  signedIn: 'Signed in {date}',
  lastSeen: 'Last seen {date}',
  fromAddress: 'From {address}',
  unknownBrowser: 'Unknown browser',
  endSession: 'End',
  endSessionNamed: 'End the session in {browser}',
  endOthers: 'Sign out everywhere else',
  endOthersLead: 'Ends every session in this list but the one in this browser.',
  onlyThis: 'You are signed in nowhere else.',
  appsLead: 'Apps that may act for you. You can take access back at any time.',
  noApps: 'No app has access to your account.',
  appSince: 'Since {date}',
  ofUs: 'Operated by {brand}',
  appMay: 'It may:',
  revoke: 'Remove access',
  revokeNamed: 'Remove access of {app}',
  revokeTitle: 'Remove the access of {app}?',
  revokeText: 'It is signed out at once. To use it again you have to allow it again.',
  activityLead:
    'What happened to your account, the newest first. If something was not you, change your password.',
  noActivity: 'Nothing has happened yet.',
  dataLead: 'Everything that is kept of you, and the way out.',
  exportPanel: 'Download',
  exportText:
    'One JSON file with your profile, sessions, connected apps, keys and activity. It contains no secrets.',
  exportButton: 'Download my data',
  deletePanel: 'Delete account',
  deleteText:
    'Signs you out everywhere. After {days} days your account is deleted for good; until then you can sign in and keep it.',
  deleteButton: 'Delete my account',
  deleteTitle: 'Delete your account?',
  deleteConsequences:
    'You are signed out everywhere, and apps lose their access at once. On {date} your profile, sign-in methods and API keys are deleted for good.',
  deleteKeep:
    'If you change your mind, sign in here before then and choose "Keep my account". Your API keys work until they are deleted.',
  deleteConfirm: 'Type your email address to confirm',
  deleteMismatch: 'This is not your email address.',
  deleteLastAdministrator: 'You are the last administrator of {brand}. Make somebody else one first.',
  deletedTitle: 'Your account will be deleted',
  deletedText: 'It happens on {date}. Until then you can sign in and keep it.',
} as const

/** The German ones. */
export const accountAccessDe = {
  sessionsLead:
    'Browser, in denen Sie angemeldet sind. Kennen Sie einen nicht, beenden Sie die Sitzung und ändern Sie Ihr Passwort.',
  thisSession: 'Dieser Browser',
  signedIn: 'Angemeldet am {date}',
  lastSeen: 'Zuletzt gesehen am {date}',
  fromAddress: 'Von {address}',
  unknownBrowser: 'Unbekannter Browser',
  endSession: 'Beenden',
  endSessionNamed: 'Beenden: Sitzung in {browser}',
  endOthers: 'Überall sonst abmelden',
  endOthersLead: 'Beendet jede Sitzung dieser Liste außer der in diesem Browser.',
  onlyThis: 'Sie sind sonst nirgends angemeldet.',
  appsLead: 'Apps, die für Sie handeln dürfen. Sie können den Zugriff jederzeit zurücknehmen.',
  noApps: 'Keine App hat Zugriff auf Ihr Konto.',
  appSince: 'Seit {date}',
  ofUs: 'Betrieben von {brand}',
  appMay: 'Sie darf:',
  revoke: 'Zugriff entziehen',
  revokeNamed: 'Zugriff entziehen: {app}',
  revokeTitle: '{app} den Zugriff entziehen?',
  revokeText:
    'Die App wird sofort abgemeldet. Um sie wieder zu nutzen, müssen Sie ihr den Zugriff neu erlauben.',
  activityLead:
    'Was mit Ihrem Konto geschah, das Neueste zuerst. Waren Sie etwas nicht selbst, ändern Sie Ihr Passwort.',
  noActivity: 'Bisher ist nichts geschehen.',
  dataLead: 'Alles, was über Sie gespeichert ist, und der Weg hinaus.',
  exportPanel: 'Herunterladen',
  exportText:
    'Eine JSON-Datei mit Profil, Sitzungen, verbundenen Apps, Schlüsseln und Aktivitäten. Geheimnisse enthält sie nicht.',
  exportButton: 'Meine Daten herunterladen',
  deletePanel: 'Konto löschen',
  deleteText:
    'Meldet Sie überall ab. Nach {days} Tagen wird Ihr Konto endgültig gelöscht; bis dahin können Sie sich anmelden und es behalten.',
  deleteButton: 'Mein Konto löschen',
  deleteTitle: 'Ihr Konto löschen?',
  deleteConsequences:
    'Sie werden überall abgemeldet, und Apps verlieren sofort ihren Zugriff. Am {date} werden Ihr Profil, Ihre Anmeldewege und Ihre API-Schlüssel endgültig gelöscht.',
  deleteKeep:
    'Überlegen Sie es sich anders, melden Sie sich vorher hier an und wählen Sie „Konto behalten“. Ihre API-Schlüssel funktionieren, bis sie gelöscht werden.',
  deleteConfirm: 'Geben Sie zur Bestätigung Ihre E-Mail-Adresse ein',
  deleteMismatch: 'Das ist nicht Ihre E-Mail-Adresse.',
  deleteLastAdministrator:
    'Sie sind der letzte Administrator von {brand}. Machen Sie zuerst jemand anderen dazu.',
  deletedTitle: 'Ihr Konto wird gelöscht',
  deletedText: 'Das geschieht am {date}. Bis dahin können Sie sich anmelden und es behalten.',
} as const
