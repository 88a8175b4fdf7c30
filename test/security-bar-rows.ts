/**
 * The rows of OWASP ASVS 5.0 on authentication (V6) and sessions (V7), in our words, with what is to show each. `coverage-of-the-bar.test.ts`
 * counts those that a test speaks of.
 */
import { z } from 'zod'

const rowSchema = z.strictObject({
  /** As ASVS numbers it; cited as `v5.0.0-<id>`. */
  id: z.string(),
  level: z.coerce.number().pipe(z.literal([1, 2, 3])),
  /** What shows it: a test from outside, one that looks inside, a look at the code, or a document. `none`: does not apply. */
  shownBy: z.enum(['outside', 'inside', 'static', 'document', 'none']),
  text: z.string(),
})

/** One requirement. */
export type SecurityBarRow = Readonly<z.output<typeof rowSchema>>

// Number, level, shown by, text.
const table = `
6.1.1  1  document  doc how rate limit/anti-automation/adaptive response stop stuffing + no malicious lockout
6.1.2  2  document  documented list of context words (product, org, host names)
6.1.3  2  document  all auth pathways documented with equal strength (password, TOTP, recovery, API key, client auth, device code, admin CLI)
6.2.1  1  outside   password >=8 (15 recommended) -> we: 15 single-factor, 8 only when MFA enforced
6.2.2  1  outside   user can change password
6.2.3  1  outside   change needs current + new
6.2.4  1  outside   reject top >=3000 passwords that match the length policy
6.2.5  1  outside   no composition rules
6.2.6  1  outside   type=password
6.2.7  1  outside   paste / managers / autocomplete allowed
6.2.8  1  outside   no truncation / case folding (72-byte bcrypt trap; test 73rd byte)
6.2.9  2  outside   >=64 chars accepted
6.2.10 2  outside   no forced rotation
6.2.11 2  outside   context words rejected
6.2.12 2  outside   breached-set check at register/change
6.3.1  1  outside   stuffing/brute-force controls work as documented
6.3.2  1  outside   no default accounts; first-admin bootstrap is one-time
6.3.3  2  outside   MFA (L2); L3 = hardware phishing-resistant factor
6.3.4  2  inside    no undocumented pathway; equal strength on every pathway
6.3.5  3  inside    notify user of suspicious attempts
6.3.6  3  document  email not an auth factor (reset link never yields a session)
6.3.7  3  inside    notify on credential/email/username change
6.3.8  3  outside   no user enumeration: text, status, headers, timing; also register + forgot
6.4.1  1  outside   initial/activation secrets random, short-lived, one-use, not long-term
6.4.2  1  outside   no hints / secret questions
6.4.3  2  outside   reset does not bypass MFA
6.4.4  2  inside    lost factor -> same proofing as enrolment
6.4.5  3  inside    expiry reminders (API keys, client secrets, certs)
6.4.6  3  outside   admin can start reset but not choose the password
6.5.1  2  outside   recovery codes, OOB codes, TOTP usable once (incl. concurrent + enrol-code reuse)
6.5.2  2  inside    lookup secrets <112 bit -> password hash + 32-bit salt; >=112 bit -> plain hash ok
6.5.3  2  static    seeds/codes from CSPRNG
6.5.4  2  static    codes >=20 bit (NIST saved recovery code >=64 bit)
6.5.5  2  outside   OOB <=10 min; TOTP lifetime <=30 s
6.5.6  3  outside   any factor revocable
6.5.7  3  none      biometrics
6.5.8  3  inside    TOTP time source is server-side trusted
6.6.1  2  none      PSTN OTP (not offered = pass)
6.6.2  2  outside   OOB token bound to its own request
6.6.3  2  outside   OOB code brute force limited
6.6.4  3  none      push bombing
6.7.1  3  inside    stored verification certs/keys protected (passkeys / mTLS)
6.7.2  3  inside    challenge nonce >=64 bit unique (passkeys)
6.8.1  2  none      IdP-namespaced subject: nobody signs in through another identity provider
6.8.2  2  outside   assertion signatures always checked (client_assertion, id_token_hint, request object, logout_token)
6.8.3  2  none      SAML replay
6.8.4  2  inside    RP (admin console) checks acr/amr/auth_time from our AS
7.1.1  2  document  idle + absolute timeout documented and justified vs 800-63B
7.1.2  2  document  concurrent session limit + behaviour documented
7.1.3  2  document  all session-creating systems (SSO session, console, RT, API key) documented
7.2.1  1  outside   session checked server-side
7.2.2  1  static    dynamic session tokens, not static keys
7.2.3  1  static    >=128-bit CSPRNG
7.2.4  1  outside   new session id on (re)authentication, old one dead
7.3.1  2  outside   idle timeout enforced
7.3.2  2  outside   absolute timeout enforced
7.4.1  1  outside   logout/expiry kills session server-side (also JWT ATs: denylist or <=5 min TTL)
7.4.2  1  outside   disable/delete user -> all sessions, RTs, grants, keys dead
7.4.3  2  outside   offer "sign out everywhere" after password/MFA change
7.4.4  2  outside   visible logout
7.4.5  2  outside   admin can end sessions (one user/all)
7.5.1  2  outside   full re-auth before email/MFA/recovery change
7.5.2  2  outside   user lists and ends sessions
7.5.3  3  outside   step-up before highly sensitive ops (key create, client secret reveal, signing key rotate)
7.6.1  2  outside   RP/OP lifetime: max_age, prompt=login honoured
7.6.2  2  outside   no session without user action (login CSRF, silent session)
`

const rowPattern = /^(?<id>[67]\.\d+\.\d+) +(?<level>\d) +(?<shownBy>[a-z]+) +(?<text>\S.*)$/

/** All of them, in order. */
export const securityBarRows: readonly SecurityBarRow[] = table
  .trim()
  .split('\n')
  .map((line) => rowSchema.parse({ ...rowPattern.exec(line)?.groups }))
