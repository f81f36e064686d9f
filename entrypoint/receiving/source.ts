import type { Source } from '../../core/reception/reception.ts'
import type { DataAddress } from '../../dps/data-plane.ts'
import { edcNamespace } from '../../dps/messages/data-address.ts'
import { headerNameProblem, headerValueProblem } from '../push/header-rules.ts'

/** Longest address that is kept, in characters. */
const longestAddress = 8192
/** Headers that say what is asked for, and how, are ours to set. */
const asking = /^(accept|accept-.*|content-.*|range|if-.*)$/i

/**
 * Reads where the data of a pull is and what opens it: `endpoint` (or `baseUrl`) with `authorization` and `authType`, as the
 * specification's HTTP profiles and EDC's references have them, or EDC's `authKey` and `authCode`. Each is looked for by its plain name,
 * then with EDC's namespace before it.
 * @returns the source; else what is wrong, without repeating a value
 */
export function readSource(address: DataAddress): Source | string {
  const endpoint = address.endpoint || property(address, 'endpoint') || property(address, 'baseUrl')
  if (endpoint === undefined || endpoint === '') return 'The address of the data has no endpoint.'
  if (endpoint.length > longestAddress || !/^https?:\/\//i.test(endpoint) || URL.parse(endpoint) === null)
    return 'The endpoint of the data is no http or https address.'
  const header = headerOf(address)
  const problem = header === undefined ? undefined : headerProblem(header)
  if (problem !== undefined) return `The header that opens the address of the data ${problem}.`
  return { endpointType: address.endpointType, endpoint, ...(header === undefined ? {} : { header }) }
}

/** Of the name first; a value is not repeated, nor is a name, in which somebody may have put the value. */
function headerProblem({ name, value }: NonNullable<Source['header']>): string | undefined {
  if (asking.test(name)) return 'is a header that cannot be set'
  const problem = headerValueProblem(value)
  return headerNameProblem(name) ?? (problem === undefined ? undefined : `has a value that ${problem}`)
}

function headerOf(address: DataAddress): Source['header'] {
  const authorization = property(address, 'authorization')
  const [name, value] = [property(address, 'authKey'), property(address, 'authCode')]
  if (authorization === undefined || authorization === '')
    return name === undefined || value === undefined ? undefined : { name, value }
  const type = property(address, 'authType')?.toLowerCase()
  const spelled = type === 'bearer' ? 'Bearer' : type === 'basic' ? 'Basic' : undefined
  // Without a type it is a whole header, as EDC 0.10 has it in its references.
  const whole = spelled === undefined || authorization.toLowerCase().startsWith(`${spelled.toLowerCase()} `)
  return { name: 'Authorization', value: whole ? authorization : `${spelled} ${authorization}` }
}

function property({ properties }: DataAddress, name: string): string | undefined {
  for (const spelled of [name, edcNamespace + name]) if (Object.hasOwn(properties, spelled)) return properties[spelled]
  return undefined
}
