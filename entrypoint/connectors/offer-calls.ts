import { z } from 'zod'
import { type ErrorCode, type Problem, ServiceError } from '../../core/errors.ts'
import type { Answer, HttpClient } from './http.ts'
import { currentKey, type ManagementKey } from './keyed-client.ts'
import type { Removal } from './offer-api.ts'

/** Calls to a Management API whose errors are told to an administrator. */
export interface OfferCalls {
  /** `undefined` where there is no such thing. */
  read<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined>
  query<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T>
  /** POST for `create`, PUT for `update`. */
  save(path: string, action: 'create' | 'update', body: unknown): Promise<'saved' | 'stale'>
  remove(path: string): Promise<Removal>
}

/** Longest text of a connector that is passed on, in characters, and how many of its problems. */
const mostText = 500
const mostProblems = 20

/** Calls to one connector. What it says is passed on without the key, whatever it echoes. */
export function offerCalls(
  { id, managementUrl, ...key }: ManagementKey & { readonly id: string; readonly managementUrl: string },
  http: HttpClient,
): OfferCalls {
  const clean = (text: string): string =>
    text.replaceAll(key.apiKey, '[hidden]').replaceAll(currentKey(key), '[hidden]').slice(0, mostText)

  const ask = async (call: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await call()
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      // Addresses may hold credentials; the id says enough.
      throw failure('connector-unreachable', `Connector ${id}: ${clean(message.replaceAll(managementUrl, ''))}.`)
    }
  }
  const judge = (call: string, answer: Answer): ServiceError => {
    const what = `${call} was answered ${answer.status}`
    const said = problemsIn(answer.body, clean)
    const words = said.map(({ message }) => message).join('; ')
    const detail = `Connector ${id}: ${what}${words === '' ? '' : `: ${clean(words)}`}.`
    const { status } = answer
    if (status === 401 || status === 403) return failure('connector-refuses-key', `Connector ${id}: ${what}.`)
    if (status === 405)
      return failure('connector-failed', `Connector ${id}: ${what}: its Management API is not there, or not yet.`)
    if (status === 502 || status === 503 || status === 504) return failure('connector-unreachable', detail)
    if (status === 400 || status === 409 || status === 413 || status === 422)
      return failure('connector-refused', `Connector ${id}: ${what}.`, said)
    return failure('connector-failed', detail)
  }
  const parse = <T>(call: string, { body }: Answer, schema: z.ZodType<T>): T => {
    const parsed = schema.safeParse(body)
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    const where = issue === undefined ? '' : ` (${z.core.toDotPath(issue.path)}: ${issue.message})`
    throw failure('connector-failed', `Connector ${id}: ${call} was answered 200 with an unexpected body${where}.`)
  }
  return {
    async read(path, schema) {
      const answer = await ask(() => http.get(path))
      if (answer.status === 404 && isProblem(answer.body)) return undefined
      if (answer.status !== 200) throw judge(`GET ${path}`, answer)
      return parse(`GET ${path}`, answer, schema)
    },
    async query(path, body, schema) {
      const answer = await ask(() => http.post(path, body))
      if (answer.status !== 200) throw judge(`POST ${path}`, answer)
      return parse(`POST ${path}`, answer, schema)
    },
    async save(path, action, body) {
      const answer = await ask(() => (action === 'create' ? http.post(path, body) : http.put(path, body)))
      if (answer.status >= 200 && answer.status < 300) return 'saved'
      if (action === 'create' ? answer.status === 409 : answer.status === 404 && isProblem(answer.body)) return 'stale'
      throw judge(`${action === 'create' ? 'POST' : 'PUT'} ${path}`, answer)
    },
    async remove(path) {
      const answer = await ask(() => http.delete(path))
      if (answer.status >= 200 && answer.status < 300) return { outcome: 'removed' }
      if (answer.status === 404 && isProblem(answer.body)) return { outcome: 'absent' }
      const reason = problemsIn(answer.body, clean)[0]?.message
      if (answer.status === 409) return { outcome: 'kept', reason: reason ?? 'The connector still needs it.' }
      throw judge(`DELETE ${path}`, answer)
    },
  }
}

/** What a Management API says about a request: a list with a message each. */
const problemsSchema = z.array(z.looseObject({ message: z.string(), path: z.string().nullish() })).min(1)

/** Whether it is the Management API that says so, not some server at a wrong address. */
function isProblem(body: unknown): boolean {
  return problemsSchema.safeParse(body).success
}

function problemsIn(body: unknown, clean: (text: string) => string): readonly Problem[] {
  const parsed = problemsSchema.safeParse(body)
  if (!parsed.success) return []
  return parsed.data
    .slice(0, mostProblems)
    .map(({ message, path }) => ({ where: clean(path ?? ''), message: clean(message) }))
}

function failure(code: ErrorCode, detail: string, problems: readonly Problem[] = []): ServiceError {
  return new ServiceError(code, detail, { problems })
}
