/** The steps of the second factor, each looked at anew: what is due decides, and not what page the form came from. */
import type { Visit } from './consent.ts'
import { readForm } from '../../platform/http/form.ts'
import { secondFactor } from '../../oidc/second-factor.ts'
import {
  showEnrolment,
  submitDownload,
  submitFirstCode,
  submitNewPasskey,
  submitNewRecoveryCodes,
} from './enrol.ts'
import { askWhoItIs } from './interaction.ts'
import type { Interaction } from './interaction.ts'
import { goOn, wayOn } from './proven.ts'
import { showSecondFactor, submitCode, submitPasskeyBeside } from './second-factor.ts'
import { standingOf } from './second-factor-parties.ts'
import type { SecondFactorStep, Standing } from './second-factor-parties.ts'

/** A form of the second factor, taken from whoever stands before it. */
type Submit = (
  step: SecondFactorStep,
  visit: Visit,
  interaction: Interaction,
  standing: Standing,
) => Promise<void>

/** The forms by the path they post to below the sign-in's, and where somebody must stand to send each. */
const forms: Readonly<
  Record<string, { readonly mayBeSent: (standing: Standing) => boolean; submit: Submit }>
> = {
  'second-factor': {
    mayBeSent: ({ way, onlyPasskey }) => way === 'prove' && !onlyPasskey,
    submit: (step, visit, interaction, standing) =>
      submitCode(step, visit, interaction, { standing, way: 'totp' }),
  },
  'recovery-code': {
    mayBeSent: ({ way, onlyPasskey }) => way === 'prove' && !onlyPasskey,
    submit: (step, visit, interaction, standing) =>
      submitCode(step, visit, interaction, { standing, way: 'recovery_code' }),
  },
  'second-factor/passkey': { mayBeSent: ({ way }) => way === 'prove', submit: submitPasskeyBeside },
  enrol: {
    mayBeSent: ({ way, demanded }) => way === 'enrol' && demanded !== 'phr',
    submit: submitFirstCode,
  },
  'enrol/passkey': { mayBeSent: ({ way }) => way === 'enrol', submit: submitNewPasskey },
}

/** The paths of the forms. */
export const secondFactorForms: readonly string[] = Object.keys(forms)

/** Shows the page that is due; whoever has proven enough is sent on. */
export async function showSecondFactorStep(
  step: SecondFactorStep,
  visit: Visit,
  interaction: Interaction,
): Promise<void> {
  const onward = wayOn(interaction)
  if (onward !== undefined) return goOn(visit, onward)
  const standing = await standingOf(step, interaction)
  return standing.way === 'prove'
    ? showSecondFactor(step, visit, interaction, standing)
    : showEnrolment(step, visit, interaction, standing)
}

/** Takes a form if it is the one that is due; otherwise its sender is shown the step that is, and nothing changed. */
export async function submitSecondFactorForm(
  step: SecondFactorStep,
  visit: Visit,
  interaction: Interaction,
  form: string,
): Promise<void> {
  if (!isDue(interaction)) return toDueStep(visit, interaction)
  const standing = await standingOf(step, interaction)
  const wanted = forms[form]
  if (wanted === undefined || !wanted.mayBeSent(standing)) return toDueStep(visit, interaction)
  return wanted.submit(step, visit, interaction, standing)
}

/** Makes new recovery codes, after a second factor was proven in this sign-in and never before. */
export function submitNewCodes(
  step: SecondFactorStep,
  visit: Visit,
  interaction: Interaction,
): Promise<void> | void {
  const onward = wayOn(interaction)
  if (onward === undefined || interaction.prompt.name !== secondFactor) return toDueStep(visit, interaction)
  return submitNewRecoveryCodes(step, visit, interaction, onward)
}

/** Answers recovery codes as a file; they are the sender's own. */
export function downloadCodes(
  step: SecondFactorStep,
  visit: Visit,
  interaction: Interaction,
): Promise<void> | void {
  if (interaction.prompt.name !== secondFactor) return toDueStep(visit, interaction)
  return submitDownload(step, visit, interaction)
}

/** Lets somebody else sign in instead. */
export async function switchAccount(visit: Visit, interaction: Interaction): Promise<void> {
  await readForm(visit.ctx)
  if (!isDue(interaction)) return toDueStep(visit, interaction)
  return askWhoItIs(visit.provider, visit.ctx, interaction)
}

/** Due, and not proven yet. */
function isDue(interaction: Interaction): boolean {
  return interaction.prompt.name === secondFactor && wayOn(interaction) === undefined
}

function toDueStep(visit: Visit, { uid }: Interaction): void {
  goOn(visit, `/sign-in/${uid}`)
}
