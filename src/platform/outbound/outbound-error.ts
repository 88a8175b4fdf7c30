/** What became of an outbound request that has no answer; `outbound_refused` will be refused again, the others may pass later. */
export type OutboundCode = 'outbound_refused' | 'outbound_timeout' | 'outbound_too_large' | 'outbound_failed'

/** Which rule or event ended the request. For our log only: telling it to the far end would turn the guard into a network scanner. */
export type OutboundReason =
  | 'url'
  | 'scheme'
  | 'userinfo'
  | 'address'
  | 'redirect'
  | 'busy'
  | 'time'
  | 'size'
  | 'name'
  | 'network'

const sentences: Record<OutboundCode, string> = {
  outbound_refused: 'The outbound request was refused.',
  outbound_timeout: 'The outbound request took too long.',
  outbound_too_large: 'The answer to the outbound request was too large.',
  outbound_failed: 'The outbound request failed.',
}

/** An outbound request that has no answer. The message never names a host or an address. */
export class OutboundError extends Error {
  readonly code: OutboundCode
  readonly reason: OutboundReason

  constructor(code: OutboundCode, reason: OutboundReason, options?: ErrorOptions) {
    super(sentences[code], options)
    this.name = 'OutboundError'
    this.code = code
    this.reason = reason
  }
}
