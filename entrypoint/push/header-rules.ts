/** A header's name (RFC 9110, section 5.1). */
const tokenPattern = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/
/** A header's value as it may be sent: printable ASCII, no blank at its ends. */
const valuePattern = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/
/** Longest value of a header, in characters. */
const longestValue = 8192

/** Names that say how a message is carried or for whom, that are ours to set, or that proxies inside a network believe. */
const reserved =
  /^(host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|http2-settings|content-(length|encoding|range|type|disposition|digest)|repr-digest|idempotency-key|user-agent|via|forwarded|x-forwarded-.*|x-real-ip|proxy-.*|sec-.*|cookie)$/i

/** Says what is wrong with the name of a header that somebody else wants sent, to a push destination or to where data is fetched; `undefined` where nothing is. */
export function headerNameProblem(name: string): string | undefined {
  if (!tokenPattern.test(name)) return 'is no name of a header'
  if (/^content-type$/i.test(name)) return 'cannot be set here; use contentType'
  return reserved.test(name) ? 'is a header that cannot be set' : undefined
}

/** Says what is wrong with its value, without repeating it; `undefined` where nothing is. */
export function headerValueProblem(value: string): string | undefined {
  if (value.length > longestValue) return `is longer than ${longestValue} characters`
  return valuePattern.test(value)
    ? undefined
    : 'is no value of a header: printable ASCII on one line, without blanks at its ends'
}
