import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { OpenApiDocument } from '../../entrypoint/openapi/document.ts'

/** An answer as it went out. */
export interface SentAnswer {
  readonly method: string
  /** Without query. */
  readonly path: string
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/** Where in the document an answer stands. */
interface Place {
  readonly template: string
  readonly method: string
}

/** What an answer was held against, such as `get /livez 200`, and what of it is not as described. */
export interface Checked {
  readonly place?: string
  readonly finding?: string
}

/** Holds an answer against a document. */
export type CheckAnswer = (answer: SentAnswer) => Checked

interface DescribedHeader {
  readonly required?: boolean
  readonly schema?: object
}
interface DescribedResponse {
  readonly headers?: Readonly<Record<string, DescribedHeader | { readonly $ref: string }>>
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
}

/** Requests that no document describes are refused with one of these codes. */
const elsewhere = ['not-found', 'malformed-request', 'method-not-allowed', 'unauthorized', 'internal', 'not-ready']

/** Holds answers of a listener against its document: status, content type, headers and body of every described request. */
export function describedAnswers(document: OpenApiDocument): CheckAnswer {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  ajv.addFormat('date-time', (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text))
  for (const format of ['binary', 'uri']) ajv.addFormat(format, true)
  ajv.addSchema(document, 'document')
  const compiled = new Map<string, ValidateFunction>()
  const problemsOf = (pointer: string, value: unknown): string | undefined => {
    const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `document#${pointer}` })
    compiled.set(pointer, validate)
    return validate(value) ? undefined : ajv.errorsText(validate.errors)
  }
  const templates = Object.keys(document.paths ?? {}).map((template) => ({ template, pattern: patternOf(template) }))

  return (answer) => {
    const place = placeOf(document, templates, answer)
    if (place === undefined) return answer.method === 'OPTIONS' ? {} : found(undescribed(answer, problemsOf))
    const at = `/paths/${escaped(place.template)}/${place.method}/responses/${answer.status}`
    const response = read(document, at) as DescribedResponse | undefined
    if (response === undefined) return found(`${answer.status} is not described: ${answer.body.slice(0, 500)}`)
    const finding =
      headerProblems(document, at, response, answer, problemsOf) ??
      bodyProblems(at, response, answer, place, problemsOf)
    return { ...found(finding), place: `${place.method} ${place.template} ${answer.status}` }
  }
}

function found(finding: string | undefined): Checked {
  return finding === undefined ? {} : { finding }
}

type ProblemsOf = (pointer: string, value: unknown) => string | undefined

function placeOf(
  document: OpenApiDocument,
  templates: readonly { readonly template: string; readonly pattern: RegExp }[],
  { method, path }: SentAnswer,
): Place | undefined {
  const found = templates.find(({ pattern }) => pattern.test(path))
  if (found === undefined) return undefined
  const item = read(document, `/paths/${escaped(found.template)}`) as Record<string, unknown>
  const name = method.toLowerCase()
  if (item[name] !== undefined) return { template: found.template, method: name }
  return name === 'head' && item['get'] !== undefined ? { template: found.template, method: 'get' } : undefined
}

/** A template as the router reads it: letters in either case, a slash at the end or none. */
function patternOf(template: string): RegExp {
  const source = template
    .replaceAll('.', String.raw`\.`)
    .replaceAll('{path}', '.+')
    .replaceAll(/\{\w+\}/g, '[^/]+')
  return new RegExp(`^${source}/?$`, 'i')
}

function undescribed(answer: SentAnswer, problemsOf: ProblemsOf): string | undefined {
  const type = answer.headers['content-type']
  if (type?.startsWith('application/problem+json') !== true)
    return `${answer.status} ${type} at an address that is not described`
  if (answer.method === 'HEAD') return undefined
  const problem: unknown = JSON.parse(answer.body)
  const { code } = problem as { code: string }
  if (!elsewhere.includes(code)) return `${code} at an address that is not described`
  return problemsOf('/components/schemas/Problem', problem)
}

function headerProblems(
  document: OpenApiDocument,
  at: string,
  { headers = {} }: DescribedResponse,
  answer: SentAnswer,
  problemsOf: ProblemsOf,
): string | undefined {
  for (const [name, described] of Object.entries(headers)) {
    const pointer = '$ref' in described ? described.$ref.slice(1) : `${at}/headers/${escaped(name)}`
    const header = read(document, pointer) as DescribedHeader
    const value = answer.headers[name.toLowerCase()]
    if (value === undefined && header.required === true) return `the header ${name} is missing`
    const problems = value === undefined ? undefined : problemsOf(`${pointer}/schema`, value)
    if (problems !== undefined) return `the header ${name} is ${value}: ${problems}`
  }
  return undefined
}

function bodyProblems(
  at: string,
  { content = {} }: DescribedResponse,
  answer: SentAnswer,
  { method }: Place,
  problemsOf: ProblemsOf,
): string | undefined {
  if (answer.method === 'HEAD') return answer.body === '' ? undefined : 'HEAD has a body'
  if (Object.keys(content).length === 0)
    return answer.body === '' ? undefined : `${method} has a body, none is described`
  const type = answer.headers['content-type']?.split(';')[0]?.trim() ?? ''
  const described = type in content ? type : '*/*'
  if (!(described in content)) return `the content type ${type} is not described`
  if (!/[/+]json$/.test(described)) return undefined
  return problemsOf(`${at}/content/${escaped(described)}/schema`, JSON.parse(answer.body))
}

/** A name as a part of a JSON pointer in a URI fragment. */
function escaped(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))
}

function read(document: unknown, pointer: string): unknown {
  let value = document
  for (const part of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  return value
}
