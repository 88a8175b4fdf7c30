/** Whom the certificate of a client is about (RFC 8705 §2.1.2): one member, and what each of them may be. */
import { isIP } from 'node:net'
import { readWrittenName } from '../../platform/crypto/distinguished-name.ts'
import { checkedText } from '../../platform/text.ts'

// A name that no certificate could have is a mistake; a wildcard would be many clients.
const hostName = /^(?=.{1,253}$)(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)*[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i

/** The members, each compared in its own way. */
export const subjectMembers = {
  tls_client_auth_subject_dn: checkedText((text) =>
    text.length <= 1000 && readWrittenName(text) !== undefined
      ? undefined
      : 'is not a subject as RFC 4514 writes it, such as CN=api,O=Example',
  ).optional(),
  tls_client_auth_san_dns: checkedText((text) =>
    hostName.test(text) && isIP(text) === 0 ? undefined : 'is not the name of a host',
  ).optional(),
  tls_client_auth_san_uri: checkedText((text) =>
    text.length <= 1000 && /^[a-z][a-z\d+.-]*:[\x21-\x7e]+$/i.test(text)
      ? undefined
      : 'is not a URI of printable ASCII characters',
  ).optional(),
  tls_client_auth_san_ip: checkedText((text) =>
    isIP(text) !== 0 && !text.includes('%') ? undefined : 'is not an IP address',
  ).optional(),
  tls_client_auth_san_email: checkedText((text) =>
    text.length <= 254 && /^[\x21-\x3f\x41-\x7e]+@[\x21-\x3f\x41-\x7e]+$/.test(text)
      ? undefined
      : 'is not an email address',
  ).optional(),
} as const

/** The name of one of them. */
export type SubjectMember = keyof typeof subjectMembers

/** Their names, the usual first. */
export const subjectMemberNames: readonly SubjectMember[] = [
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_uri',
  'tls_client_auth_san_ip',
  'tls_client_auth_san_email',
]
