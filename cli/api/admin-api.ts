import { z } from 'zod'
import type { AdminAccess } from '../../config/cli.ts'
import { CliError } from '../cli-error.ts'
import { answeredError, unreachableError } from './answer-error.ts'
import { patientFetch } from './patient-fetch.ts'

/** How long an ordinary request may take, in milliseconds. The service answers from its database. */
const requestMs = 30_000

/** A request to the admin API. */
export interface AdminRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Sent as JSON. */
  readonly json?: unknown
  /** How long it may take, in milliseconds, where that is other than usual; `undefined`: without limit. */
  readonly timeoutMs?: number | undefined
  /** Sent as it is, as it comes. Such a request has no limit of time. */
  readonly body?: { readonly stream: ReadableStream<Uint8Array>; readonly contentType: string }
}

/** The admin API of a service. Every method throws a CliError where the service is away, refuses, or answers something else. */
export interface AdminApi {
  /** The answer's JSON, checked. */
  json<T>(path: string, schema: z.ZodType<T>, request?: AdminRequest): Promise<T>
  /** The answer's body as it is, with its headers. */
  bytes(path: string): Promise<{ readonly bytes: Uint8Array; readonly headers: Headers }>
  /** The answer's body as it comes. Such an answer has no limit of time. */
  stream(path: string): Promise<ReadableStream<Uint8Array>>
  /** For answers without a body. */
  send(path: string, request: AdminRequest): Promise<void>
}

/** The admin API at an address. Redirects are not followed: the token belongs to this address. */
export function adminApi({ url, token }: AdminAccess): AdminApi {
  const call = async (path: string, request: AdminRequest = {}): Promise<Response> => {
    const { method = 'GET', json, body } = request
    const timeoutMs = 'timeoutMs' in request ? request.timeoutMs : requestMs
    const headers: Record<string, string> = { accept: 'application/json, application/problem+json, text/plain' }
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`
    const contentType = body?.contentType ?? (json === undefined ? undefined : 'application/json')
    if (contentType !== undefined) headers['content-type'] = contentType
    const text = json === undefined ? {} : { body: JSON.stringify(json) }
    const patient = timeoutMs === undefined && body === undefined
    const asked = patient
      ? patientFetch(url + path, { method, headers, ...text })
      : fetch(url + path, {
          method,
          headers,
          // Both together also keep fetch from holding a copy of the body for a second request (1 GiB took 1.2 GiB of memory with Node 24.21).
          redirect: 'error',
          window: null,
          ...text,
          ...(body === undefined ? {} : { body: body.stream, duplex: 'half' as const }),
          ...(body === undefined && timeoutMs !== undefined ? { signal: AbortSignal.timeout(timeoutMs) } : {}),
        })
    const response = await asked.catch((error: unknown) => {
      throw unreachableError(url, error)
    })
    if (!response.ok) throw await answeredError(url + path, response)
    return response
  }
  const textOf = (response: Response): Promise<string> =>
    response.text().catch((error: unknown) => {
      throw unreachableError(url, error)
    })
  return {
    async json(path, schema, request) {
      const parsed = schema.safeParse(readJson(await textOf(await call(path, request)), url))
      if (!parsed.success) throw unexpected(url, z.prettifyError(parsed.error))
      return parsed.data
    },
    async bytes(path) {
      const response = await call(path)
      const body = await response.arrayBuffer().catch((error: unknown) => {
        throw unreachableError(url, error)
      })
      return { bytes: new Uint8Array(body), headers: response.headers }
    },
    async stream(path) {
      const { body } = await call(path, { timeoutMs: undefined })
      return body ?? new ReadableStream({ start: (controller) => controller.close() })
    },
    async send(path, request) {
      await textOf(await call(path, request))
    },
  }
}

function readJson(text: string, url: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw unexpected(url, error instanceof Error ? error.message : String(error))
  }
}

function unexpected(url: string, detail: string): CliError {
  return new CliError('failed', `What ${url} answers is not what this version of dsc expects`, {
    detail,
    hint: 'Is this the admin address of dataspace-compute, and of the same version?',
  })
}
