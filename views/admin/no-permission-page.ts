import { pageHeading } from '../components/app-parts.ts'
import type { Html } from '../html.ts'
import { fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'

/** A page of the console that this administrator's roles do not open. */
export function noPermissionPage(
  messages: Messages,
  needs: string,
): { readonly title: string; readonly hasProblem: true; readonly content: Html } {
  const { noPermissionTitle: title, noPermission } = messages.console
  return { title, hasProblem: true, content: pageHeading({ title, lead: fillText(noPermission, { needs }) }) }
}
