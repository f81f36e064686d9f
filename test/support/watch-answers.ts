import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { adminDocument } from '../../entrypoint/openapi/admin-document.ts'
import { publicDocument } from '../../entrypoint/openapi/public-document.ts'
import { type CheckAnswer, describedAnswers, type SentAnswer } from './described-answers.ts'
import { type KnownSecret, leaksIn } from './leaks.ts'

/** Bytes of a body that are kept: larger ones are files, and not described beyond their type. */
const mostKept = 4 * 2 ** 20

/** A watch over every answer of a service in this process. */
export interface Watch {
  /** What went out otherwise than described. */
  readonly findings: readonly string[]
  /** Every place of a document that an answer was held against, such as `get /livez 200`. */
  readonly places: ReadonlySet<string>
  /** Ends the watch. @throws where there are findings */
  end(): void
}

const channel = 'http.server.request.start'

/**
 * Holds every answer that the listeners of a service send against their OpenAPI documents, whoever asked and however: it
 * listens to Node's own HTTP server, so no request of a test has to know of it.
 * @param secrets that no answer may show
 */
export function watchAnswers(
  service: { readonly publicUrl: string; readonly adminUrl: string },
  secrets: readonly KnownSecret[] = [],
): Watch {
  const checks = new Map<number, CheckAnswer>([
    [Number(new URL(service.publicUrl).port), describedAnswers(publicDocument())],
    [Number(new URL(service.adminUrl).port), describedAnswers(adminDocument())],
  ])
  const findings: string[] = []
  const places = new Set<string>()
  const look = (message: unknown): void => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
    const check = checks.get(request.socket.localPort ?? 0)
    if (check === undefined) return
    collect(request, response, (answer) => {
      const { place, finding } = check(answer)
      if (place !== undefined) places.add(place)
      if (finding !== undefined) findings.push(`${answer.method} ${answer.path} ${answer.status}: ${finding}`)
      findings.push(...leaksIn(`the answer to ${answer.method}`, JSON.stringify(answer.headers) + answer.body, secrets))
    })
  }
  subscribe(channel, look)
  return {
    findings,
    places,
    end() {
      unsubscribe(channel, look)
      if (findings.length > 0)
        throw new Error(`answers differ from the OpenAPI documents:\n${[...new Set(findings)].join('\n')}`)
    },
  }
}

/** Hands an answer over when all of it was sent; one that was cut off is nobody's. */
function collect(request: IncomingMessage, response: ServerResponse, take: (answer: SentAnswer) => void): void {
  const chunks: Buffer[] = []
  let size = 0
  const keep = (chunk: unknown): void => {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return
    const bytes = Buffer.from(chunk as string)
    size += bytes.length
    if (size <= mostKept) chunks.push(bytes)
  }
  const { write, end } = response
  response.write = function watched(this: ServerResponse, ...parameters: unknown[]) {
    keep(parameters[0])
    return Reflect.apply(write, this, parameters) as boolean
  } as typeof write
  response.end = function watched(this: ServerResponse, ...parameters: unknown[]) {
    keep(parameters[0])
    return Reflect.apply(end, this, parameters) as ServerResponse
  } as typeof end
  response.once('finish', () => {
    const headers = Object.entries(response.getHeaders()).map(([name, value]) => [name.toLowerCase(), String(value)])
    take({
      method: request.method ?? '',
      path: (request.url ?? '').split('?')[0] ?? '',
      status: response.statusCode,
      headers: Object.fromEntries(headers) as Record<string, string>,
      body: Buffer.concat(chunks).toString(),
    })
  })
}
