import { expect, test } from 'vitest'
import { auditEvents } from '../../src/domain/audit/events.ts'
import { activityRows } from '../../views/account/activity-page.ts'
import { html, renderHtml } from '../../views/html.ts'
import { languages, messagesFor } from '../../views/messages/messages.ts'

const types = Object.keys(auditEvents)

function said(language: (typeof languages)[number], type: string): string {
  const occurredAt = new Date('2026-03-01T12:00:00Z')
  const event = { type, occurredAt, by: 'person', address: undefined, userAgent: undefined } as const
  const [row] = activityRows(messagesFor(language), [{ ...event, clientName: undefined }])
  return renderHtml(html`${row?.title}`).trim()
}

test.each(languages)(
  'everything that is recorded has a sentence on the page of what happened (%s)',
  (language) => {
    const other = messagesFor(language).activity.other.split(':')[0] ?? ''
    expect(said(language, 'unheard.of')).toContain(other)
    expect(types.filter((type) => said(language, type).includes(other))).toEqual([])
  },
)

test('it speaks to the person of what is theirs', () => {
  expect(said('en', 'account.password_changed')).toBe('Your password was changed.')
  expect(said('de', 'account.password_changed')).toContain('Ihr Passwort')
})
