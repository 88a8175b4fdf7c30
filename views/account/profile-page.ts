import { alert } from '../components/alert.ts'
import { pageHeading, panel } from '../components/app-parts.ts'
import { button, linkButton } from '../components/button.ts'
import { outsideAddress } from '../components/card.ts'
import { selectField } from '../components/choice.ts'
import { textField } from '../components/field.ts'
import type { FieldProps } from '../components/field.ts'
import { postForm } from '../components/form.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import type { AccountFrame, AccountPage } from './account-layout.ts'

/** The fields of the profile, as they are sent. */
export type ProfileField =
  | 'name'
  | 'given_name'
  | 'family_name'
  | 'nickname'
  | 'username'
  | 'birthdate'
  | 'phone_number'
  | 'website'
  | 'picture'
  | 'street_address'
  | 'postal_code'
  | 'locality'
  | 'region'
  | 'country'
  | 'zoneinfo'
  | 'locale'

/** What the page shows. */
export interface ProfileProps {
  readonly values: Readonly<Partial<Record<ProfileField, string>>>
  /** What is wrong, by field. */
  readonly errors: Readonly<Partial<Record<ProfileField, 'invalid' | 'taken'>>>
  readonly changedElsewhere: boolean
  readonly version: number
  readonly email: string
  readonly isVerified: boolean
}

/** The person's profile and address. */
export function profilePage({ messages, csrfToken }: AccountFrame, props: ProfileProps): AccountPage {
  const { account, accountProfile: texts } = messages
  const hasErrors = Object.keys(props.errors).length > 0
  return {
    current: '/account/profile',
    title: account.navProfile,
    hasProblem: hasErrors || props.changedElsewhere,
    content: html`
      ${pageHeading({ title: account.navProfile, lead: texts.lead })}
      ${props.changedElsewhere && alert({ kind: 'problem', content: account.changedElsewhere })}
      ${hasErrors && alert({ kind: 'problem', content: texts.invalid })}
      ${emailPanel({ messages, csrfToken }, props)}
      ${postForm({
        id: 'profile',
        action: '/account/profile',
        hidden: { csrf: csrfToken, version: String(props.version) },
        content: profileForm(messages, props),
      })}
    `,
  }
}

function emailPanel(
  { messages, csrfToken }: Pick<AccountFrame, 'messages' | 'csrfToken'>,
  { email, isVerified }: ProfileProps,
): Html {
  const texts = messages.accountProfile
  return panel({
    id: 'email-panel',
    title: texts.emailPanel,
    description: texts.emailLead,
    content: html`
      <p class="row-title">
        ${outsideAddress(email)}
        <span class="badge ${isVerified ? 'success' : 'quiet'}"
          >${isVerified ? texts.emailVerified : texts.emailUnverified}</span
        >
      </p>
      <div class="actions">
        ${linkButton({ text: texts.changeEmail, url: '/account/profile/email', kind: 'secondary' })}
        ${
          !isVerified &&
          postForm({
            action: '/account/profile/verify',
            hidden: { csrf: csrfToken },
            content: button({ text: texts.verifyEmail, kind: 'secondary' }),
          })
        }
      </div>
    `,
  })
}

type Field = (name: ProfileField, props: Omit<FieldProps, 'name' | 'value' | 'error' | 'optional'>) => Html

/** Phones begin names with a capital. */
const nameLike = { autocapitalize: 'words' } as const

function profileForm(messages: AccountFrame['messages'], { values, errors }: ProfileProps): Html {
  const texts = messages.accountProfile
  const sentences = { invalid: texts.fieldInvalid, taken: texts.usernameTaken, none: undefined }
  const field: Field = (name, props) =>
    textField({
      ...props,
      name,
      value: values[name],
      optional: true,
      error: sentences[errors[name] ?? 'none'],
    })
  return html`
    ${aboutPanel(texts, field)} ${addressPanel(texts, field)} ${settingsPanel(texts, { field, values })}
    <div class="actions">${button({ text: texts.save, kind: 'primary' })}</div>
  `
}

type ProfileTexts = AccountFrame['messages']['accountProfile']

function aboutPanel(texts: ProfileTexts, field: Field): Html {
  return panel({
    id: 'about',
    title: texts.aboutPanel,
    content: html`<div class="form">
      ${field('name', { label: texts.name, autocomplete: 'name', ...nameLike })}
      <div class="field-pair">
        ${field('given_name', { label: texts.givenName, autocomplete: 'given-name', ...nameLike })}
        ${field('family_name', { label: texts.familyName, autocomplete: 'family-name', ...nameLike })}
      </div>
      <div class="field-pair">
        ${field('nickname', { label: texts.nickname, autocomplete: 'nickname', ...nameLike })}
        ${field('username', { label: texts.username, autocomplete: 'username', hint: texts.usernameHint })}
      </div>
      <div class="field-pair">
        ${field('birthdate', { label: texts.birthdate, autocomplete: 'bday', hint: texts.birthdateHint })}
        ${field('phone_number', { label: texts.phone, autocomplete: 'tel', type: 'tel', hint: texts.phoneHint })}
      </div>
      ${field('website', { label: texts.website, autocomplete: 'url', type: 'url' })}
      ${field('picture', { label: texts.picture, autocomplete: 'photo', type: 'url' })}
    </div>`,
  })
}

function addressPanel(texts: ProfileTexts, field: Field): Html {
  return panel({
    id: 'address',
    title: texts.addressPanel,
    content: html`<div class="form">
      ${field('street_address', { label: texts.street, autocomplete: 'address-line1', ...nameLike })}
      <div class="field-pair">
        ${field('postal_code', { label: texts.postalCode, autocomplete: 'postal-code' })}
        ${field('locality', { label: texts.city, autocomplete: 'address-level2', ...nameLike })}
      </div>
      <div class="field-pair">
        ${field('region', { label: texts.region, autocomplete: 'address-level1', ...nameLike })}
        ${field('country', { label: texts.country, autocomplete: 'country-name', ...nameLike })}
      </div>
    </div>`,
  })
}

function settingsPanel(
  texts: ProfileTexts,
  { field, values }: { readonly field: Field; readonly values: ProfileProps['values'] },
): Html {
  return panel({
    id: 'settings',
    title: texts.settingsPanel,
    content: html`<div class="form">
      <div class="field-pair">
        ${selectField({
          name: 'locale',
          label: texts.language,
          value: values.locale ?? '',
          options: languageOptions(texts.noLanguage, values.locale),
        })}
        ${field('zoneinfo', { label: texts.timeZone, autocomplete: 'off', hint: texts.timeZoneHint })}
      </div>
    </div>`,
  })
}

/** What an administrator chose stays to be chosen, even where there are no texts in it. */
function languageOptions(none: string, present: string | undefined): readonly (readonly [string, string])[] {
  const known: [string, string][] = [
    ['', none],
    ['en', 'English'],
    ['de', 'Deutsch'],
  ]
  return present === undefined || known.some(([value]) => value === present)
    ? known
    : [...known, [present, present]]
}
