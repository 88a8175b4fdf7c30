/** Characters that browsers drop or rewrite while parsing a URL, and so hide what its scheme is. */
// oxlint-disable-next-line no-control-regex -- control characters are exactly what is refused here
const disguising = /[\u0000-\u0020\u007f-\u00a0\\]|\s/u

const absolute = /^(?:https?:\/\/[^/]|mailto:[^/])/i

/** Where a link that may not be followed leads: nowhere, without reloading the page as an empty one would. */
export const blockedUrl = 'about:invalid'

/** The URL as it was if a page may link to it (https, http, mailto or a path of our own), otherwise undefined. */
export function safeUrl(url: string): string | undefined {
  if (disguising.test(url)) return undefined
  if (isSameOriginPath(url)) return url
  return absolute.test(url) && URL.canParse(url) ? url : undefined
}

/** Whether the URL is a path, query or fragment of this origin; `//host` is another origin and is not. */
export function isSameOriginPath(url: string): boolean {
  return !disguising.test(url) && /^(?:\/(?!\/)|[?#])/.test(url)
}
