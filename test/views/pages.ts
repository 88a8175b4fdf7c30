import { makeBrand } from '../../views/brand.ts'
import {
  errorPage,
  notFoundPage,
  signInOverPage,
  tooManyRequestsPage,
  unavailablePage,
} from '../../views/error-page.ts'
import { homePage } from '../../views/home-page.ts'
import { renderHtml } from '../../views/html.ts'
import type { Html } from '../../views/html.ts'
import type { Messages } from '../../views/messages/messages.ts'
import { setupDonePage, setupLinkInvalidPage, setupPage } from '../../views/setup/setup-page.ts'
import { mailedPages } from './mailed-pages.ts'
import { onwardPage } from '../../views/onward-page.ts'
import { chooseAccountPage } from '../../views/sign-in/choose-account-page.ts'
import { consentPage } from '../../views/sign-in/consent-page.ts'
import { deviceCodePage, deviceDeniedPage, deviceDonePage } from '../../views/sign-in/device-page.ts'
import { newPasswordPage } from '../../views/sign-in/new-password-page.ts'
import { signInPage } from '../../views/sign-in/sign-in-page.ts'
import { signOutPage, signedOutPage } from '../../views/sign-in/sign-out-page.ts'

/** What comes from outside, in every place of every page. */
export interface Hostile {
  readonly text: string
  readonly url: string
}

/** Values that no page has a reason to change. */
export const harmless: Hostile = { text: 'Ada', url: 'https://app.example/' }

/** Every page in every state, with the given text and URL in each place that takes one. */
export function renderAllPages(messages: Messages, { text, url }: Hostile): ReadonlyMap<string, string> {
  const brand = makeBrand({ name: text, logoPath: '/logo.svg', links: [{ text, url }] })
  const page = { brand, messages }
  const signIn = {
    ...page,
    action: url,
    clientName: text,
    login: text,
    cancelAction: url,
    chooseUrl: url,
    retryAfterSeconds: 90,
    passkey: { action: url, options: text },
    forgottenUrl: url,
    signUpUrl: url,
  }
  const client = { name: text, uri: url, policyUri: url, tosUri: url, redirectHost: text, firstParty: false }
  const consent = {
    ...page,
    action: url,
    client: { ...client, logoUri: url },
    account: { name: text, email: text },
    scopes: [
      { name: 'profile', isNew: false },
      { name: text, isNew: true },
      { name: text, description: text, isNew: true },
      { name: text, apiName: text, isNew: true },
      { name: text, apiName: text, description: text, isNew: false },
    ],
  }
  const setup = { ...page, action: url, token: text, email: text, name: text, minimumPasswordLength: 15 }
  const documents = { openidConfiguration: url, authorizationServer: url }
  const pages: Record<string, Html> = {
    ...mailedPages(page, { text, url }),
    'sign-in': signInPage({ ...page, action: url }),
    'sign-in with everything': signInPage(signIn),
    'sign-in wrong_credentials': signInPage({ ...signIn, problem: 'wrong_credentials' }),
    'sign-in password_compromised': signInPage({ ...signIn, problem: 'password_compromised' }),
    'sign-in too_many_attempts': signInPage({ ...signIn, problem: 'too_many_attempts' }),
    'sign-in overloaded': signInPage({ ...signIn, problem: 'overloaded' }),
    'sign-in expired': signInPage({ ...signIn, problem: 'expired' }),
    'sign-in passkey_refused': signInPage({ ...signIn, problem: 'passkey_refused' }),
    'sign-in passkey_expired': signInPage({ ...signIn, problem: 'passkey_expired' }),
    'new password': newPasswordPage({ ...page, path: url, email: text, minimumPasswordLength: 15 }),
    consent: consentPage({ ...consent, offline: true, offlineSeconds: 86_400 }),
    'consent with boxes': consentPage({
      ...consent,
      client: { ...consent.client, verified: true, onDevice: true },
      scopes: consent.scopes.map((scope) => ({ ...scope, box: text })),
      offline: true,
    }),
    'consent of a device': consentPage({
      ...consent,
      offline: false,
      device: { userCode: text, askedSecondsAgo: 90, address: text, program: text },
    }),
    'device code': deviceCodePage({ ...page, action: url, xsrf: text }),
    'device code missing': deviceCodePage({ ...page, action: url, xsrf: text, problem: 'missing' }),
    'device code unusable': deviceCodePage({
      ...page,
      action: url,
      xsrf: text,
      userCode: text,
      problem: 'unusable',
    }),
    'device code again': deviceCodePage({
      ...page,
      action: url,
      xsrf: text,
      userCode: text,
      problem: 'again',
    }),
    'device done': deviceDonePage(page),
    'device denied': deviceDeniedPage({ ...page, againUrl: url }),
    'choose account': chooseAccountPage({
      ...page,
      action: url,
      cancelAction: url,
      clientName: text,
      accounts: [
        { id: text, name: text, email: text, isSignedIn: true },
        { id: text, email: text, isSignedIn: false },
      ],
    }),
    onward: onwardPage({ ...page, action: url, fields: { state: text } }),
    'consent for signing in only': consentPage({ ...consent, scopes: [], offline: false }),
    'sign-out': signOutPage({ ...page, action: url, xsrf: text, clientName: text }),
    'signed-out': signedOutPage({ ...page, clientName: text, continueUrl: url }),
    error: errorPage({
      ...page,
      title: text,
      code: text,
      description: text,
      requestId: text,
      statusCode: 400,
    }),
    'error of ours': errorPage({ ...page, code: text, requestId: text, statusCode: 500 }),
    'sign-in over': signInOverPage({ ...page, requestId: text }),
    'not-found': notFoundPage({ ...page, requestId: text }),
    'too-many-requests': tooManyRequestsPage({ ...page, requestId: text, retryAfterSeconds: 30 }),
    unavailable: unavailablePage(page),
    setup: setupPage(setup),
    'setup invalid_email': setupPage({ ...setup, problem: 'invalid_email' }),
    'setup name_missing': setupPage({ ...setup, problem: 'name_missing' }),
    'setup too_short': setupPage({ ...setup, problem: 'too_short' }),
    'setup is_common': setupPage({ ...setup, problem: 'is_common' }),
    'setup link invalid': setupLinkInvalidPage(page),
    'setup done': setupDonePage({ ...page, email: text, continueUrl: url }),
    home: homePage({ ...page, isRunning: true, documents }),
    'home while unavailable': homePage({ ...page, isRunning: false, documents }),
  }
  return new Map(Object.entries(pages).map(([name, html]) => [name, renderHtml(html)]))
}

/** One start tag as a browser reads it. */
export interface Tag {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
}

/** The start tags of a page. Throws where the text between tags holds something a browser might take for one. */
export function tagsOf(page: string): readonly Tag[] {
  const tag = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z][a-zA-Z0-9-]*(?:="[^"<>]*")?)*)\s*\/?>/g
  const between = page.replace(/^<!doctype html>/, '').replace(tag, '')
  if (/[<>]/.test(between)) throw new Error(`not a tag of ours: ${/.{0,40}[<>].{0,40}/s.exec(between)?.[0]}`)
  return [...page.matchAll(tag)]
    .filter(([, slash]) => slash === '')
    .map(([, , name = '', list = '']) => ({ name, attributes: readAttributes(list) }))
}

function readAttributes(list: string): ReadonlyMap<string, string> {
  const attributes = [...list.matchAll(/([a-z][a-zA-Z0-9-]*)(?:="([^"]*)")?/g)]
  return new Map(attributes.map(([, name = '', value = '']) => [name, decode(value)]))
}

/** Text as a browser reads it, for the character references that pages use. */
export function decode(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
}
