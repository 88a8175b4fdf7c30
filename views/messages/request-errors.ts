const notUnderstoodEn = 'The app you came from sends its wishes in a way that is not understood here.'
const notUnderstoodDe =
  'Die App, aus der Sie gekommen sind, teilt ihre Wünsche auf eine Weise mit, die hier nicht verstanden wird.'

/**
 * What it means to a person that the request they came by cannot be answered, by the codes that reach a page; with all
 * others the browser is sent back to the app. In English.
 */
export const requestErrorsEn = {
  invalid_client: 'The app you came from is not known here.',
  invalid_redirect_uri: 'The app wants you to be sent back to an address that it has not registered.',
  unsupported_response_type: 'The app you came from wants an answer of a kind that is not given here.',
  unsupported_response_mode: 'The app you came from wants its answer in a way that is not possible here.',
  invalid_request_uri: 'What the app prepared for your sign-in is not there any more, or was used already.',
  request_not_supported: notUnderstoodEn,
  request_uri_not_supported: notUnderstoodEn,
  registration_not_supported: notUnderstoodEn,
} as const

/** The same in German. */
export const requestErrorsDe = {
  invalid_client: 'Die App, aus der Sie gekommen sind, ist hier nicht bekannt.',
  invalid_redirect_uri:
    'Die App möchte, dass Sie an eine Adresse zurückgeleitet werden, die sie hier nicht hinterlegt hat.',
  unsupported_response_type:
    'Die App, aus der Sie gekommen sind, verlangt eine Antwort, die hier nicht gegeben wird.',
  unsupported_response_mode:
    'Die App, aus der Sie gekommen sind, möchte ihre Antwort auf einem Weg, den es hier nicht gibt.',
  invalid_request_uri:
    'Was die App für Ihre Anmeldung vorbereitet hat, gibt es nicht mehr, oder es wurde schon benutzt.',
  request_not_supported: notUnderstoodDe,
  request_uri_not_supported: notUnderstoodDe,
  registration_not_supported: notUnderstoodDe,
} as const satisfies Record<keyof typeof requestErrorsEn, string>
