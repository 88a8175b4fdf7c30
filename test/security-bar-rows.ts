/**
 * The rows of OWASP ASVS 5.0 on authentication (V6) and sessions (V7), in our words, with what is to show each. `coverage-of-the-bar.test.ts`
 * counts those that a test speaks of.
 */

/** One requirement. */
export interface SecurityBarRow {
  /** As ASVS numbers it; cited as `v5.0.0-<id>`. */
  readonly id: string
  readonly level: 1 | 2 | 3
  /** What shows it: a test from outside, one that looks inside, a look at the code, or a document. `none`: does not apply. */
  readonly shownBy: 'outside' | 'inside' | 'static' | 'document' | 'none'
  readonly text: string
}

/** All of them, in order. */
export const securityBarRows: readonly SecurityBarRow[] = [
  {
    id: '6.1.1',
    level: 1,
    shownBy: 'document',
    text: 'doc how rate limit/anti-automation/adaptive response stop stuffing + no malicious lockout',
  },
  {
    id: '6.1.2',
    level: 2,
    shownBy: 'document',
    text: 'documented list of context words (product, org, host names)',
  },
  {
    id: '6.1.3',
    level: 2,
    shownBy: 'document',
    text: 'all auth pathways documented with equal strength (password, TOTP, recovery, API key, client auth, device code, admin CLI)',
  },
  {
    id: '6.2.1',
    level: 1,
    shownBy: 'outside',
    text: 'password >=8 (15 recommended) -> we: 15 single-factor, 8 only when MFA enforced',
  },
  { id: '6.2.2', level: 1, shownBy: 'outside', text: 'user can change password' },
  { id: '6.2.3', level: 1, shownBy: 'outside', text: 'change needs current + new' },
  {
    id: '6.2.4',
    level: 1,
    shownBy: 'outside',
    text: 'reject top >=3000 passwords that match the length policy',
  },
  { id: '6.2.5', level: 1, shownBy: 'outside', text: 'no composition rules' },
  { id: '6.2.6', level: 1, shownBy: 'outside', text: 'type=password' },
  { id: '6.2.7', level: 1, shownBy: 'outside', text: 'paste / managers / autocomplete allowed' },
  {
    id: '6.2.8',
    level: 1,
    shownBy: 'outside',
    text: 'no truncation / case folding (72-byte bcrypt trap; test 73rd byte)',
  },
  { id: '6.2.9', level: 2, shownBy: 'outside', text: '>=64 chars accepted' },
  { id: '6.2.10', level: 2, shownBy: 'outside', text: 'no forced rotation' },
  { id: '6.2.11', level: 2, shownBy: 'outside', text: 'context words rejected' },
  { id: '6.2.12', level: 2, shownBy: 'outside', text: 'breached-set check at register/change' },
  { id: '6.3.1', level: 1, shownBy: 'outside', text: 'stuffing/brute-force controls work as documented' },
  {
    id: '6.3.2',
    level: 1,
    shownBy: 'outside',
    text: 'no default accounts; first-admin bootstrap is one-time',
  },
  { id: '6.3.3', level: 2, shownBy: 'outside', text: 'MFA (L2); L3 = hardware phishing-resistant factor' },
  {
    id: '6.3.4',
    level: 2,
    shownBy: 'inside',
    text: 'no undocumented pathway; equal strength on every pathway',
  },
  { id: '6.3.5', level: 3, shownBy: 'inside', text: 'notify user of suspicious attempts' },
  {
    id: '6.3.6',
    level: 3,
    shownBy: 'document',
    text: 'email not an auth factor (reset link never yields a session)',
  },
  { id: '6.3.7', level: 3, shownBy: 'inside', text: 'notify on credential/email/username change' },
  {
    id: '6.3.8',
    level: 3,
    shownBy: 'outside',
    text: 'no user enumeration: text, status, headers, timing; also register + forgot',
  },
  {
    id: '6.4.1',
    level: 1,
    shownBy: 'outside',
    text: 'initial/activation secrets random, short-lived, one-use, not long-term',
  },
  { id: '6.4.2', level: 1, shownBy: 'outside', text: 'no hints / secret questions' },
  { id: '6.4.3', level: 2, shownBy: 'outside', text: 'reset does not bypass MFA' },
  { id: '6.4.4', level: 2, shownBy: 'inside', text: 'lost factor -> same proofing as enrolment' },
  { id: '6.4.5', level: 3, shownBy: 'inside', text: 'expiry reminders (API keys, client secrets, certs)' },
  { id: '6.4.6', level: 3, shownBy: 'outside', text: 'admin can start reset but not choose the password' },
  {
    id: '6.5.1',
    level: 2,
    shownBy: 'outside',
    text: 'recovery codes, OOB codes, TOTP usable once (incl. concurrent + enrol-code reuse)',
  },
  {
    id: '6.5.2',
    level: 2,
    shownBy: 'inside',
    text: 'lookup secrets <112 bit -> password hash + 32-bit salt; >=112 bit -> plain hash ok',
  },
  { id: '6.5.3', level: 2, shownBy: 'static', text: 'seeds/codes from CSPRNG' },
  { id: '6.5.4', level: 2, shownBy: 'static', text: 'codes >=20 bit (NIST saved recovery code >=64 bit)' },
  { id: '6.5.5', level: 2, shownBy: 'outside', text: 'OOB <=10 min; TOTP lifetime <=30 s' },
  { id: '6.5.6', level: 3, shownBy: 'outside', text: 'any factor revocable' },
  { id: '6.5.7', level: 3, shownBy: 'none', text: 'biometrics' },
  { id: '6.5.8', level: 3, shownBy: 'inside', text: 'TOTP time source is server-side trusted' },
  { id: '6.6.1', level: 2, shownBy: 'none', text: 'PSTN OTP (not offered = pass)' },
  { id: '6.6.2', level: 2, shownBy: 'outside', text: 'OOB token bound to its own request' },
  { id: '6.6.3', level: 2, shownBy: 'outside', text: 'OOB code brute force limited' },
  { id: '6.6.4', level: 3, shownBy: 'none', text: 'push bombing' },
  {
    id: '6.7.1',
    level: 3,
    shownBy: 'inside',
    text: 'stored verification certs/keys protected (passkeys / mTLS)',
  },
  { id: '6.7.2', level: 3, shownBy: 'inside', text: 'challenge nonce >=64 bit unique (passkeys)' },
  { id: '6.8.1', level: 2, shownBy: 'outside', text: 'IdP-namespaced subject (if upstream IdPs)' },
  {
    id: '6.8.2',
    level: 2,
    shownBy: 'outside',
    text: 'assertion signatures always checked (client_assertion, id_token_hint, request object, logout_token)',
  },
  { id: '6.8.3', level: 2, shownBy: 'none', text: 'SAML replay' },
  {
    id: '6.8.4',
    level: 2,
    shownBy: 'inside',
    text: 'RP (admin console) checks acr/amr/auth_time from our AS',
  },
  {
    id: '7.1.1',
    level: 2,
    shownBy: 'document',
    text: 'idle + absolute timeout documented and justified vs 800-63B',
  },
  { id: '7.1.2', level: 2, shownBy: 'document', text: 'concurrent session limit + behaviour documented' },
  {
    id: '7.1.3',
    level: 2,
    shownBy: 'document',
    text: 'all session-creating systems (SSO session, console, RT, API key) documented',
  },
  { id: '7.2.1', level: 1, shownBy: 'outside', text: 'session checked server-side' },
  { id: '7.2.2', level: 1, shownBy: 'static', text: 'dynamic session tokens, not static keys' },
  { id: '7.2.3', level: 1, shownBy: 'static', text: '>=128-bit CSPRNG' },
  { id: '7.2.4', level: 1, shownBy: 'outside', text: 'new session id on (re)authentication, old one dead' },
  { id: '7.3.1', level: 2, shownBy: 'outside', text: 'idle timeout enforced' },
  { id: '7.3.2', level: 2, shownBy: 'outside', text: 'absolute timeout enforced' },
  {
    id: '7.4.1',
    level: 1,
    shownBy: 'outside',
    text: 'logout/expiry kills session server-side (also JWT ATs: denylist or <=5 min TTL)',
  },
  {
    id: '7.4.2',
    level: 1,
    shownBy: 'outside',
    text: 'disable/delete user -> all sessions, RTs, grants, keys dead',
  },
  {
    id: '7.4.3',
    level: 2,
    shownBy: 'outside',
    text: 'offer "sign out everywhere" after password/MFA change',
  },
  { id: '7.4.4', level: 2, shownBy: 'outside', text: 'visible logout' },
  { id: '7.4.5', level: 2, shownBy: 'outside', text: 'admin can end sessions (one user/all)' },
  { id: '7.5.1', level: 2, shownBy: 'outside', text: 'full re-auth before email/MFA/recovery change' },
  { id: '7.5.2', level: 2, shownBy: 'outside', text: 'user lists and ends sessions' },
  {
    id: '7.5.3',
    level: 3,
    shownBy: 'outside',
    text: 'step-up before highly sensitive ops (key create, client secret reveal, signing key rotate)',
  },
  { id: '7.6.1', level: 2, shownBy: 'outside', text: 'RP/OP lifetime: max_age, prompt=login honoured' },
  {
    id: '7.6.2',
    level: 2,
    shownBy: 'outside',
    text: 'no session without user action (login CSRF, silent session)',
  },
]
