import type { PageProps } from '../../views/components/layout.ts'
import type { Html } from '../../views/html.ts'
import { forgottenPage, forgottenSentPage, linkUnusablePage } from '../../views/sign-in/forgotten-page.ts'
import { resetDonePage, resetPage } from '../../views/sign-in/forgotten-reset-page.ts'
import {
  signUpCompletePage,
  signUpDonePage,
  signUpTakenPage,
} from '../../views/sign-in/sign-up-complete-page.ts'
import { signUpClosedPage, signUpPage, signUpSentPage } from '../../views/sign-in/sign-up-page.ts'
import { emailVerifiedPage, verifyEmailPage } from '../../views/sign-in/verify-email-page.ts'

/** The pages around mailed links in every state, with the given text and URL in each place that takes one. */
export function mailedPages(
  page: PageProps,
  { text, url }: { readonly text: string; readonly url: string },
): Record<string, Html> {
  const request = { ...page, action: url, backUrl: url, retryAfterSeconds: 90 }
  const reset = { ...page, action: url, email: text, minimumPasswordLength: 15 }
  const complete = { ...reset, name: text, invited: false }
  const done = { ...page, email: text, continueUrl: url }
  return {
    forgotten: forgottenPage({ ...page, action: url }),
    'forgotten login_missing': forgottenPage({ ...request, problem: 'login_missing' }),
    'forgotten too_many_requests': forgottenPage({ ...request, login: text, problem: 'too_many_requests' }),
    'forgotten sent': forgottenSentPage({ ...page, minutes: 10, backUrl: url }),
    'link unusable': linkUnusablePage(page),
    'link unusable, to be asked for again': linkUnusablePage({ ...page, againUrl: url }),
    reset: resetPage(reset),
    'reset too_short': resetPage({ ...reset, problem: 'too_short' }),
    'reset done': resetDonePage({ ...page, continueUrl: url }),
    'sign-up': signUpPage({ ...page, action: url }),
    'sign-up invalid_email': signUpPage({ ...request, email: text, problem: 'invalid_email' }),
    'sign-up too_many_requests': signUpPage({ ...request, email: text, problem: 'too_many_requests' }),
    'sign-up sent': signUpSentPage({ ...page, email: text, hours: 24, backUrl: url }),
    'sign-up by invitation': signUpClosedPage({ ...page, byInvitation: true, backUrl: url }),
    'sign-up closed': signUpClosedPage({ ...page, byInvitation: false }),
    'sign-up complete': signUpCompletePage(complete),
    'sign-up complete name_missing': signUpCompletePage({ ...complete, problem: 'name_missing' }),
    'sign-up complete is_common': signUpCompletePage({ ...complete, problem: 'is_common' }),
    invitation: signUpCompletePage({ ...complete, invited: true }),
    'sign-up done': signUpDonePage(done),
    'sign-up taken': signUpTakenPage(done),
    'verify email': verifyEmailPage({ ...page, action: url }),
    'change email': verifyEmailPage({ ...page, action: url, newEmail: text }),
    'email confirmed': emailVerifiedPage({ ...page, outcome: 'confirmed', continueUrl: url }),
    'email changed': emailVerifiedPage({ ...page, outcome: 'changed', continueUrl: url }),
    'email taken': emailVerifiedPage({ ...page, outcome: 'email_taken', continueUrl: url }),
  }
}
