/** What gateways need to ask `/verify` for an API: the configurations that the README shows and tests run, with this API in them. */
import type { Snippet } from './connect-facts.ts'

/** What is asked, and where. */
export interface GatewayFacts {
  readonly issuer: string
  readonly api: { readonly identifier: string; readonly scopes: readonly string[] }
}

/** nginx, `auth_request`. */
export function nginxGateway(facts: GatewayFacts): Snippet {
  const { host, hostname, port, isTls } = serverOf(facts.issuer)
  const tls = isTls
    ? `\n    proxy_ssl_server_name on;\n    proxy_ssl_name ${hostname};\n    proxy_ssl_verify on;\n    proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;`
    : ''
  return {
    id: 'nginx',
    title: 'nginx, auth_request',
    text: `upstream latchkey { server ${hostname}:${port}; keepalive 16; }

server {
  listen 127.0.0.1:8088;

  location / {
    auth_request /_latchkey;
    auth_request_set $latchkey_status $upstream_status;
    auth_request_set $latchkey_retry_after $upstream_http_retry_after;
    auth_request_set $latchkey_challenge $upstream_http_www_authenticate;
    auth_request_set $latchkey_limit $upstream_http_ratelimit;
    auth_request_set $latchkey_policy $upstream_http_ratelimit_policy;
    auth_request_set $latchkey_subject $upstream_http_x_auth_subject;
    auth_request_set $latchkey_client $upstream_http_x_auth_client;
    auth_request_set $latchkey_scope $upstream_http_x_auth_scope;
    auth_request_set $latchkey_credential $upstream_http_x_auth_credential;
    error_page 403 500 = @latchkey_refused;

    proxy_set_header X-Auth-Subject $latchkey_subject;
    proxy_set_header X-Auth-Client $latchkey_client;
    proxy_set_header X-Auth-Scope $latchkey_scope;
    proxy_set_header X-Auth-Credential $latchkey_credential;
    proxy_set_header Authorization "";
    proxy_set_header X-API-Key "";
    add_header RateLimit $latchkey_limit always;
    add_header RateLimit-Policy $latchkey_policy always;
    proxy_pass http://127.0.0.1:8080;
  }

  location = /_latchkey {
    internal;
    proxy_pass ${isTls ? 'https' : 'http'}://latchkey${verifyPath(facts)};
    proxy_pass_request_body off;
    proxy_set_header Content-Length "";
    proxy_set_header Host ${host};
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header Connection "";
    proxy_http_version 1.1;
    proxy_connect_timeout 1s;
    proxy_read_timeout 3s;${tls}
  }

  location @latchkey_refused {
    internal;
    add_header WWW-Authenticate $latchkey_challenge always;
    add_header Retry-After $latchkey_retry_after always;
    add_header RateLimit $latchkey_limit always;
    add_header RateLimit-Policy $latchkey_policy always;
    if ($latchkey_status = 403) { return 403; }
    if ($latchkey_status = 429) { return 429; }
    return 503;
  }
}`,
  }
}

/** Caddy, `forward_auth`. */
export function caddyGateway(facts: GatewayFacts): Snippet {
  const { host, hostname, port, isTls } = serverOf(facts.issuer)
  return {
    id: 'caddy',
    title: 'Caddy, forward_auth',
    text: `http://:8089 {
  bind 127.0.0.1
  route {
    request_header -X-Auth*
    request_header -X_auth*
    forward_auth ${isTls ? 'https://' : ''}${hostname}:${port} {
      uri ${verifyPath(facts)}
      header_up Host ${host}
      copy_headers X-Auth-Subject X-Auth-Client X-Auth-Scope X-Auth-Credential
    }
    request_header -Authorization
    request_header -X-API-Key
    reverse_proxy 127.0.0.1:8080
  }
}`,
  }
}

/** Whether it says yes, without a gateway. */
export function curlVerify(facts: GatewayFacts): Snippet {
  const url = `${facts.issuer}${verifyPath(facts)}`
  return {
    id: 'curl-verify',
    title: 'curl: what a gateway is told',
    text: `curl -sS -i -H "Authorization: Bearer $TOKEN" '${url}'`,
  }
}

/** Everything that could end a word or be a placeholder in one of these files is written as %XX. */
function verifyPath({ api }: GatewayFacts): string {
  const [scope] = api.scopes
  const required = scope === undefined ? '' : `&scope=${encoded(scope)}`
  return `/verify?api=${encoded(api.identifier)}${required}`
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function serverOf(issuer: string) {
  const { host, hostname, port, protocol } = new URL(issuer)
  const isTls = protocol === 'https:'
  return { host, hostname, port: port === '' ? (isTls ? '443' : '80') : port, isTls }
}
