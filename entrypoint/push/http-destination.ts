import { hidingSecrets } from '../../config/hiding-secrets.ts'
import { mediaTypePattern } from '../../core/result/media-type.ts'
import { checkedUrl } from './address-rules.ts'
import type { AddressToRead, Archive, HttpDestination } from './destination.ts'
import { headerNameProblem, headerValueProblem } from './header-rules.ts'
import { PropertyReader } from './property-reader.ts'

/** Before the name of a header in the name of a property (EDC's HttpData). */
const headerPrefix = 'header:'

/** Servers often read no more than 16 KiB of headers, ours among them. Characters. */
const longestHeaders = 12_288

const methods: readonly string[] = ['POST', 'PUT'] satisfies readonly HttpDestination['method'][]
const archives: readonly string[] = ['none', 'zip'] satisfies readonly Archive[]

/**
 * Reads an HTTP destination. Names and defaults are those of EDC's `HttpData` as its sink reads them (`baseUrl`, `path`, `method`,
 * `contentType`, `authKey` with `authCode`, `header:<name>`), those of the specification's HTTP profiles (`endpoint`, `authorization`
 * with `authType`), and our own `archive`.
 */
export function httpDestination({ address, rules }: AddressToRead): HttpDestination | PropertyReader['problems'] {
  const reader = new PropertyReader(address)
  const place = placeOf(address.endpoint, reader)
  const url = place === undefined ? undefined : checkedUrl(place.value, rules)
  if (place !== undefined && typeof url === 'string') reader.report(place.name, url)
  if (url instanceof URL) lengthen(url, reader)
  const method = (reader.text('method') ?? 'POST').toUpperCase()
  if (!isMethod(method)) reader.report('method', 'expected POST or PUT')
  const contentType = reader.optional('contentType', mediaTypePattern, 'a media type such as text/csv')
  const archive = reader.text('archive')
  if (archive !== undefined && !isArchive(archive)) reader.report('archive', 'expected zip or none')
  const headers = headersOf(address.properties, reader)
  if (reader.problems.length > 0 || !(url instanceof URL) || !isMethod(method)) return reader.problems
  return hidingSecrets(
    {
      kind: 'http' as const,
      url,
      method,
      headers,
      ...(contentType === undefined ? {} : { contentType }),
      ...(archive !== undefined && isArchive(archive) ? { archive } : {}),
    },
    ['url', 'headers'],
  )
}

function placeOf(endpoint: string | undefined, reader: PropertyReader): { name: string; value: string } | undefined {
  const baseUrl = reader.text('baseUrl')
  const given = endpoint === undefined || endpoint === '' ? undefined : endpoint
  if (given === undefined && baseUrl === undefined)
    reader.report(
      'baseUrl',
      'is missing; expected the address that takes the result, such as https://host.example/path',
    )
  if (given !== undefined && baseUrl !== undefined && given !== baseUrl)
    reader.report('baseUrl', 'is another address than endpoint; give one of them')
  if (given !== undefined) return { name: 'endpoint', value: given }
  return baseUrl === undefined ? undefined : { name: 'baseUrl', value: baseUrl }
}

/** EDC appends the property `path` to the address. */
function lengthen(url: URL, reader: PropertyReader): void {
  const path = reader.text('path')
  if (path === undefined) return
  const parts = path.replace(/^\//, '').split('/')
  if (/[?#\\%]/.test(path) || path.length > 1024 || parts.some((part) => part === '.' || part === '..'))
    reader.report('path', 'expected a path without ? # \\ % and without parts . and ..')
  else url.pathname = `${url.pathname.replace(/\/$/, '')}/${parts.join('/')}`
}

function headersOf(properties: Readonly<Record<string, string>>, reader: PropertyReader): Record<string, string> {
  const headers: Record<string, string> = {}
  const set = (where: string, name: string, value: string): void => {
    if (Object.hasOwn(headers, name.toLowerCase())) reader.report(where, 'sets a header that another property sets')
    headers[name.toLowerCase()] = value
  }
  for (const [property, value] of Object.entries(properties)) {
    if (!property.startsWith(headerPrefix)) continue
    const name = property.slice(headerPrefix.length)
    const nameProblem = headerNameProblem(name)
    const where = nameProblem === undefined ? property : `${headerPrefix}…`
    const problem = nameProblem ?? headerValueProblem(value)
    if (problem !== undefined) reader.report(where, problem)
    else set(where, name, value)
  }
  setKey(reader, set)
  setAuthorization(reader, set)
  if (Object.entries(headers).flat().join('').length > longestHeaders)
    reader.report(`${headerPrefix}…`, `all headers together are longer than ${longestHeaders} characters`)
  return headers
}

type SetHeader = (where: string, name: string, value: string) => void

function setKey(reader: PropertyReader, set: SetHeader): void {
  const [name, value] = [reader.text('authKey'), reader.text('authCode')]
  if (name === undefined && value === undefined) return
  if (name === undefined) return reader.report('authKey', 'is missing; expected the name of the header for authCode')
  const nameProblem = headerNameProblem(name)
  if (nameProblem !== undefined) return reader.report('authKey', nameProblem)
  if (value === undefined) {
    const vault = reader.text('secretName') === undefined ? '' : ' (secretName points into a vault that is not here)'
    return reader.report('authCode', `is missing; expected what to send in the header of authKey${vault}`)
  }
  const problem = headerValueProblem(value)
  return problem === undefined ? set('authKey', name, value) : reader.report('authCode', problem)
}

function setAuthorization(reader: PropertyReader, set: SetHeader): void {
  const [value, type] = [reader.text('authorization'), reader.text('authType')]
  if (type !== undefined && type.toLowerCase() !== 'bearer') return reader.report('authType', 'expected bearer')
  if (value === undefined) {
    if (type !== undefined) reader.report('authorization', 'is missing; expected the token for authType')
    return undefined
  }
  const problem = headerValueProblem(value)
  if (problem !== undefined) return reader.report('authorization', problem)
  return set(
    'authorization',
    'authorization',
    type === undefined || /^bearer /i.test(value) ? value : `Bearer ${value}`,
  )
}

function isMethod(text: string): text is HttpDestination['method'] {
  return methods.includes(text)
}

function isArchive(text: string): text is Archive {
  return archives.includes(text)
}
