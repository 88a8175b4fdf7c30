import { enrolmentEn, recoveryCodesEn, secondFactorEn } from './second-factor.ts'
import { apiDocsEn } from './api-docs.ts'
import { credentialMailsEn } from './credential-mails.ts'
import { mailEn } from './mail.ts'
import { noticesEn } from './notices.ts'
import { ownPasswordEn } from './own-password.ts'
import { recoveryEn } from './recovery.ts'
import { requestErrorsEn } from './request-errors.ts'
import { signUpEn } from './sign-up.ts'
import { deviceEn } from './device.ts'
import { chooseAccountEn } from './choose-account.ts'
import { consoleSigningKeysEn } from './console-signing-keys.ts'
import { consoleOverviewEn } from './console-overview.ts'
import { consoleIncidentEn } from './console-incident.ts'
import { consoleAccountsEn } from './console-accounts.ts'
import { consoleSessionsEn } from './console-sessions.ts'
import { consoleFactorsEn } from './console-factors.ts'
import { consolePermissionsEn } from './console-permissions.ts'
import { consoleRolesEn } from './console-roles.ts'
import { consoleEn } from './console.ts'
import { consoleClientFormsEn } from './console-client-forms.ts'
import { consoleClientEndEn } from './console-client-end.ts'
import { consoleConnectEn } from './console-connect.ts'
import { consoleApisEn } from './console-apis.ts'
import { consoleApiReachEn } from './console-api-reach.ts'
import { consoleClientsEn } from './console-clients.ts'
import { consoleSettingFormsEn } from './console-setting-forms.ts'
import { consoleSettingsEn } from './console-settings.ts'
import { consoleSettingTextsEn } from './console-setting-texts.ts'
import { consoleHealthEn } from './console-health.ts'
import { consoleAuditEn } from './console-audit.ts'
import { consoleAuditEventsEn } from './console-audit-events.ts'
import { consoleExplainEn } from './console-explain.ts'
import { consoleHygieneEn } from './console-hygiene.ts'
import { consoleKeysEn } from './console-keys.ts'
import { consoleKeyEn } from './console-key.ts'
import { consoleKeyFormsEn } from './console-key-forms.ts'
import { accountAccessEn } from './account-access.ts'
import { accountProfileEn } from './account-profile.ts'
import { accountKeysEn } from './account-keys.ts'
import { accountSecurityEn } from './account-security.ts'
import { accountEn } from './account.ts'
import { activityEn } from './activity.ts'
import { appEn } from './app.ts'
import { passkeysEn } from './passkeys.ts'
import { passwordEn } from './password.ts'
import { ownSessionEn } from './own-session.ts'

/** The English texts. `{name}` marks what a page fills in; the other catalogues have the same keys and marks. */
export const en = {
  common: {
    titleWithProblem: 'Error: {title}',
    titleWithBrand: '{title} · {brand}',
    footer: 'About this service',
    help: 'Help',
    showPassword: 'Show password',
    hidePassword: 'Hide password',
  },
  signIn: {
    title: 'Sign in',
    toContinueTo: 'to continue to {client}',
    login: 'Email or username',
    password: 'Password',
    submit: 'Sign in',
    cancel: 'Cancel and go back',
    wrongCredentials: 'The email, username or password is not right. Please try again.',
    passwordCompromised: 'Others may know this password, so it no longer works.',
    compromisedByMail: 'Get a link by mail to choose another',
    compromisedAsk: 'Ask whoever runs this service for another.',
    tooManyAttempts: 'There were too many attempts. Please try again {when}.',
    overloaded: 'We are busy at the moment and did not check your password. Please try again {when}.',
    expired: 'This page was open for too long. Please sign in again.',
    shortly: 'in a moment',
    forgotten: 'Forgotten password?',
    noAccount: 'No account yet?',
    createAccount: 'Create an account',
  },
  apiDocs: apiDocsEn,
  chooseAccount: chooseAccountEn,
  device: deviceEn,
  passkeys: passkeysEn,
  newPassword: passwordEn,
  consent: {
    title: '{client} would like access to your account',
    signedInAs: 'Signed in as',
    switchAccount: 'Use another account',
    notOurs: '{client} is not operated by {brand}. Allow access only if you trust it.',
    itMay: 'If you allow it, {client} can:',
    aboutYou: 'Your profile',
    onlySignIn: 'Know that you are you when you sign in. It receives nothing else.',
    isNew: 'New',
    offline: 'Access continues while you are away, until you revoke it.',
    online: 'Access lasts while you are signed in.',
    offlineFor: 'Access continues while you are away, for up to {time}, or until you revoke it.',
    redirectDevice: 'You will then return to an app on this device ({host}).',
    verified: '{brand} has checked who operates {client}.',
    optional: 'What has a box is up to you: tick what you also want to allow.',
    redirect: 'You will then go to {host}.',
    allow: 'Allow',
    deny: 'Deny',
    policy: 'Privacy policy',
    terms: 'Terms of service',
    website: 'Website',
    documents: 'About {client}',
  },
  scopes: {
    openid: 'Know who you are when you sign in',
    profile: 'See your name, picture and other profile details',
    email: 'See your email address',
    address: 'See your postal address',
    phone: 'See your phone number',
    offline_access: 'Keep access while you are away, until you revoke it',
  },
  signOut: {
    title: 'Sign out?',
    fromApp: '{client} asks to end your session at {brand}.',
    fromHere: 'This ends your session at {brand}.',
    explanation: 'Apps in which you signed in with it will ask you to sign in again.',
    confirm: 'Sign out',
    stay: 'Stay signed in',
    doneTitle: 'You are signed out',
    doneText: 'Your session at {brand} has ended. You can close this page.',
    doneContinue: 'Continue to {client}',
  },
  error: {
    titleRequest: 'This request did not work',
    titleServer: 'Something went wrong on our side',
    whatRequest: 'The request that brought you here is not valid, so we stopped here.',
    whatServer: 'We could not finish what you asked for. It is not your fault.',
    nextRequest: 'Go back to the app you came from and start again. If it happens again, tell its makers.',
    nextServer: 'Please wait a moment and try again. If it happens again, tell support.',
    details: 'Details for support',
    code: 'Code',
    description: 'Description',
    requestId: 'Request ID',
    signInOverTitle: 'This sign-in is over',
    signInOverText: 'It is finished already, was open for too long, or was started in another browser.',
    signInOverNext: 'Please go back to the app you came from and start again there.',
    notFoundTitle: 'There is no page here',
    notFoundText: 'The address may be mistyped, or the link may be old.',
    notFoundNext: 'Please check the address, or go back to the app you came from.',
    tooManyTitle: 'Too many requests',
    tooManyText: 'More requests came from your network than we can answer at once.',
    tooManyNext: 'Please try again {when}.',
    unavailableTitle: 'We will be right back',
    unavailableText: 'The service is not available at the moment.',
    unavailableNext: 'Please try again {when}.',
  },
  requestErrors: requestErrorsEn,
  setup: {
    title: 'Create the first administrator',
    intro: 'This account can manage everything at {brand}. The link works once.',
    email: 'Email',
    name: 'Name',
    password: 'Password',
    submit: 'Create administrator',
    linkInvalidTitle: 'This link can no longer be used',
    linkInvalid: 'It was used already, or it has expired.',
    linkInvalidNext: 'Someone with access to the server can make a new link on the command line.',
    invalidEmail: 'This does not look like an email address.',
    nameMissing: 'Please enter a name.',
    doneTitle: 'The administrator is ready',
    doneText: '{email} can now sign in. The link that brought you here has stopped working.',
    doneContinue: 'Open the console',
  },
  home: {
    title: 'Sign-in service',
    intro: '{brand} uses this server to sign people in to apps and to give programs access to APIs.',
    running: 'The service is running',
    notRunning: 'The service is not available at the moment',
    usually:
      'To sign in to an app, open the app: it will bring you to the right page. Your own account is here.',
    account: 'Your account',
    developers: 'For developers',
    openidConfiguration: 'OpenID Connect discovery document',
    authorizationServer: 'OAuth 2.0 authorization server metadata',
  },
  ...consoleEn,
  ...consoleApisEn,
  ...consoleApiReachEn,
  ...consoleClientsEn,
  ...consoleClientFormsEn,
  ...consoleClientEndEn,
  ...consoleConnectEn,
  ...consoleAuditEn,
  ...consoleHealthEn,
  ...consoleSettingFormsEn,
  ...consoleSettingsEn,
  consoleSettingTexts: consoleSettingTextsEn,
  consoleAuditEvents: consoleAuditEventsEn,
  ...consoleKeysEn,
  ...consoleKeyFormsEn,
  ...consoleKeyEn,
  ...consoleHygieneEn,
  ...consoleExplainEn,
  ...consoleOverviewEn,
  ...consoleSigningKeysEn,
  ...consoleIncidentEn,
  ...consoleAccountsEn,
  ...consoleFactorsEn,
  ...consolePermissionsEn,
  ...consoleRolesEn,
  ...consoleSessionsEn,
  ownSession: ownSessionEn,
  app: appEn,
  account: accountEn,
  accountProfile: accountProfileEn,
  accountAccess: accountAccessEn,
  accountSecurity: accountSecurityEn,
  accountKeys: accountKeysEn,
  activity: activityEn,
  mail: mailEn,
  credentialMails: credentialMailsEn,
  notices: noticesEn,
  recovery: recoveryEn,
  ownPassword: ownPasswordEn,
  secondFactor: secondFactorEn,
  enrolment: enrolmentEn,
  recoveryCodes: recoveryCodesEn,
  signUp: signUpEn,
} as const
