import { createHash } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { AssumeRoleProvider } from 'minio/dist/esm/AssumeRoleProvider.mjs'
import { signV4ByServiceName } from 'minio/dist/esm/signing.mjs'
import type { CredentialSettings } from './credentials.ts'
import type { S3Transport } from './s3-transport.ts'

type RoleOptions = ConstructorParameters<typeof AssumeRoleProvider>[0]

/**
 * AssumeRole with a mark by which MinIO can take the credentials back before they run out (`TokenRevokeType`, cmd/sts-handlers.go).
 * minio-js knows no such parameter, so it is added to its request, which is signed anew.
 */
export class RevocableRole extends AssumeRoleProvider {
  readonly #options: RoleOptions
  readonly #mark: string

  constructor(options: RoleOptions, mark: string) {
    super(options)
    this.#options = options
    this.#mark = mark
  }

  override getRequestConfig(): ReturnType<AssumeRoleProvider['getRequestConfig']> {
    const { requestOptions, requestData } = super.getRequestConfig()
    const body = `${requestData}&TokenRevokeType=${encodeURIComponent(this.#mark)}`
    const { accessKey, secretKey, region = '' } = this.#options
    const headers: Record<string, string> = {
      'Content-Type': 'application/x-www-form-urlencoded',
      'content-length': String(body.length),
      host: new URL(this.#options.stsEndpoint).hostname,
      ...signedHeaders(body),
    }
    const { protocol } = new URL(this.#options.stsEndpoint)
    headers['authorization'] = signV4ByServiceName(
      { method: 'POST', protocol, path: '/', headers },
      accessKey,
      secretKey,
      region,
      new Date(),
      headers['x-amz-content-sha256'] ?? '',
      'sts',
    )
    return { requestOptions: { ...requestOptions, headers }, requestData: body }
  }
}

/** Answers of a store that cannot take credentials back: it has no such call. */
const unable: ReadonlySet<number> = new Set([400, 404, 405, 501])
/** It lets us not use it. Any other 403 passes: of a proxy, or because of clocks that differ for the moment. */
const forbidden = /\bAccessDenied\b/
/** How often it is tried, and the pause before the second time; the next ones are longer. Milliseconds. */
const mostTries = 3
const pauseMs = 500

/**
 * Takes back the credentials that were given with a mark. Trouble that passes is tried again a few times: whoever asks does not come again.
 * @returns whether the store can do that; where not, they last until they run out
 * @throws Error where it could not be had
 */
export async function revokeMarked(
  settings: CredentialSettings,
  mark: string,
  transport: S3Transport,
): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryToRevoke(settings, mark, transport)
    } catch (error) {
      if (tries >= mostTries) throw error
      await pause(tries * pauseMs)
    }
  }
}

async function tryToRevoke(
  { stsEndpoint, region, accessKey, secretKey }: CredentialSettings,
  mark: string,
  transport: S3Transport,
): Promise<boolean> {
  const { protocol, hostname, port, host } = new URL(stsEndpoint)
  // With no user named, the credentials are those that this very key has given away.
  const path = `/minio/admin/v3/revoke-tokens/builtin?tokenRevokeType=${encodeURIComponent(mark)}`
  const headers: Record<string, string> = { host, 'content-length': '0', ...signedHeaders('') }
  const request = { method: 'POST', protocol, hostname, port, path, headers }
  headers['authorization'] = signV4ByServiceName(
    request,
    accessKey,
    secretKey,
    region,
    new Date(),
    headers['x-amz-content-sha256'] ?? '',
    's3',
  )
  const [status, said] = await new Promise<readonly [status: number, text: string]>((resolve, reject) => {
    const message = transport.request(request, (answer) => {
      text(answer).then((body) => resolve([answer.statusCode ?? 0, body]), reject)
    })
    message.once('error', reject).end()
  })
  if (status >= 200 && status < 300) return true
  if (unable.has(status) || (status === 403 && forbidden.test(said))) return false
  throw new Error(`the object store did not take the credentials ${mark} back: it answered ${status}`)
}

/** What AWS Signature Version 4 wants beside the signature. */
function signedHeaders(body: string): Record<string, string> {
  return {
    'x-amz-date': new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, ''),
    'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
  }
}
