import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto'

/** What a request is signed with. */
export interface S3Credentials {
  readonly accessKey: string
  readonly secretKey: string
  /** Goes with temporary credentials. */
  readonly sessionToken?: string
  readonly region: string
}

/** A request to sign: everything in it is covered by the signature. */
export interface UnsignedRequest {
  readonly method: string
  /** Encoded by `encodePath`. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** Names in lower case; `host` must be among them. */
  readonly headers: Readonly<Record<string, string>>
  /** SHA-256 of the body in hexadecimal digits, or `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string
}

/**
 * Signs a request for S3 with AWS Signature Version 4 in its header form (AWS, "Signature Calculations for the Authorization
 * Header"). The test beside this file holds it to the examples given there.
 * @param now milliseconds since 1970; S3 refuses what is more than 15 minutes off
 * @returns all headers to send
 */
export function signedHeaders(
  request: UnsignedRequest,
  credentials: S3Credentials,
  now: number,
): Record<string, string> {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const headers: Record<string, string> = {
    ...request.headers,
    'x-amz-content-sha256': request.payloadHash,
    'x-amz-date': time,
    ...(credentials.sessionToken === undefined ? {} : { 'x-amz-security-token': credentials.sessionToken }),
  }
  const names = Object.keys(headers).toSorted()
  const canonical = [
    request.method,
    request.path,
    queryString(request.query),
    ...names.map((name) => `${name}:${headers[name]?.trim().replaceAll(/ +/g, ' ')}`),
    '',
    names.join(';'),
    request.payloadHash,
  ].join('\n')
  const day = time.slice(0, 8)
  const scope = `${day}/${credentials.region}/s3/aws4_request`
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`
  const signature = hmac(signingKey(credentials, day), toSign).toString('hex')
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKey}/${scope},SignedHeaders=${names.join(';')},Signature=${signature}`
  return headers
}

/** The key of the last day each credentials signed on: making it costs four of a signature's five HMACs. */
const signingKeys = new WeakMap<S3Credentials, { readonly day: string; readonly key: KeyObject }>()

function signingKey(credentials: S3Credentials, day: string): KeyObject {
  const known = signingKeys.get(credentials)
  if (known?.day === day) return known.key
  const bytes = [day, credentials.region, 's3', 'aws4_request'].reduce<Buffer>(
    (secret, text) => hmac(secret, text),
    Buffer.from(`AWS4${credentials.secretKey}`),
  )
  const key = createSecretKey(bytes)
  signingKeys.set(credentials, { day, key })
  return key
}

/** A query in the one form that is signed: sorted by name, everything but `A–Z a–z 0–9 - _ . ~` encoded. */
export function queryString(query: Readonly<Record<string, string>>): string {
  const names = Object.keys(query).toSorted()
  return names.map((name) => `${encode(name)}=${encode(query[name] ?? '')}`).join('&')
}

/** The path of an object (`/bucket/key`) in the one form that is signed. Parts such as `..` stay: for S3 they are names like others. */
export function encodePath(bucket: string, key: string): string {
  return `/${[bucket, ...key.split('/')].map(encode).join('/')}`
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex')
}

function hmac(key: KeyObject | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
