/** The English texts of the page about the management API. What the routes themselves say is in English everywhere. */
export const apiDocsEn = {
  title: 'Management API',
  lead: 'Everything an administrator can do, for scripts and tools. The address of the API is {address}.',
  document: 'OpenAPI document',
  contents: 'Contents',
  howTo: 'How requests are made',
  credential:
    'Every request carries a token for this API or an API key: Authorization: Bearer …. Tokens bound to a key come with a DPoP proof.',
  changes: 'A change names the version it was made from: If-Match with the ETag of the last answer.',
  creations:
    'A creation may name an Idempotency-Key: whoever repeats it within a day gets the same answer, and nothing is made twice.',
  lists: 'Lists come in pages: page_size up to 200, and the cursor that the last page gave as next_cursor.',
  needs: 'Needs',
  anybody: 'any credential for this API',
  fresh: 'People: two factors within the last 15 minutes',
  parameters: 'Parameters',
  body: 'Body',
  answer: 'Answer',
  nothing: 'An answer without a body.',
  name: 'Name',
  kind: 'Kind',
  meaning: 'Meaning',
  required: 'required',
  problems: 'Refusals',
  problemsLead:
    'Every refusal is a problem document (RFC 9457). Its code stays the same, its sentence may not.',
  code: 'Code',
  status: 'Status',
} as const

/** The German ones. */
export const apiDocsDe = {
  title: 'Verwaltungs-API',
  lead: 'Alles, was in der Verwaltung möglich ist, für Skripte und Werkzeuge. Die Adresse der API ist {address}.',
  document: 'OpenAPI-Dokument',
  contents: 'Inhalt',
  howTo: 'So werden Anfragen gestellt',
  credential:
    'Jede Anfrage bringt ein Token für diese API oder einen API-Schlüssel mit: Authorization: Bearer …. An einen Schlüssel gebundene Token kommen mit einem DPoP-Nachweis.',
  changes: 'Eine Änderung nennt die Fassung, von der sie ausgeht: If-Match mit dem ETag der letzten Antwort.',
  creations:
    'Wer etwas anlegt, kann einen Idempotency-Key nennen: Wird die Anfrage binnen eines Tages wiederholt, kommt dieselbe Antwort, und nichts entsteht doppelt.',
  lists:
    'Listen kommen seitenweise: page_size bis 200, und der cursor, den die letzte Seite als next_cursor nannte.',
  needs: 'Braucht',
  anybody: 'irgendeinen Nachweis für diese API',
  fresh: 'Personen: zwei Faktoren in den letzten 15 Minuten',
  parameters: 'Parameter',
  body: 'Inhalt der Anfrage',
  answer: 'Antwort',
  nothing: 'Eine Antwort ohne Inhalt.',
  name: 'Name',
  kind: 'Art',
  meaning: 'Bedeutung',
  required: 'nötig',
  problems: 'Ablehnungen',
  problemsLead:
    'Jede Ablehnung ist ein Problem-Dokument (RFC 9457). Ihr Code bleibt gleich, ihr Satz nicht unbedingt.',
  code: 'Code',
  status: 'Status',
} as const satisfies Record<keyof typeof apiDocsEn, string>
