import { alert } from '../components/alert.ts'
import { button } from '../components/button.ts'
import { postForm } from '../components/form.ts'
import type { Html } from '../html.ts'
import { choosePasswordPage } from './choose-password.ts'
import type { ChoosePasswordProps } from './choose-password.ts'

/** What the page shows on which a person replaces a password that somebody else chose. It posts `password`. */
export interface NewPasswordPageProps extends ChoosePasswordProps {
  /** The path of the sign-in; the forms post below it. */
  readonly path: string
}

/** The page between a password that was given out and everything else. */
export function newPasswordPage(props: NewPasswordPageProps): Html {
  const { ownPassword, signIn } = props.messages
  return choosePasswordPage(props, {
    title: ownPassword.title,
    action: `${props.path}/new-password`,
    submit: ownPassword.submit,
    before: alert({ kind: 'notice', content: ownPassword.why }),
    after: postForm({
      action: `${props.path}/cancel`,
      content: button({ text: signIn.cancel, kind: 'quiet', name: 'decision', value: 'cancel' }),
    }),
  })
}
