import { z } from 'zod'
import type { DataAddress } from '../data-plane.ts'
import { dataAddressSchema, readDataAddress } from '../messages/data-address.ts'
import { dspace2025, edcName } from './names.ts'

/**
 * A data address of a JSON-LD message, after `readDocument`. On the wire it is a DSP address (`endpointType` and a list of
 * `endpointProperties`, whose names are EDC's IRIs); EDC's own shape, `type` and its properties beside it, is read, too.
 */
export const jsonLdAddressSchema = z.preprocess(inDspShape, dataAddressSchema).transform(readDataAddress)

/**
 * The address as EDC reads it out of a response. EDC 0.6 to 0.15 look for it in one namespace and 0.16 to 0.18 in another, so it
 * stands in both. `endpoint` has no place of its own and travels as a property; names of properties are full IRIs, for others do not
 * reach the consumer.
 */
export function writeJsonLdAddress({
  endpointType,
  endpoint,
  properties,
}: DataAddress): Readonly<Record<string, unknown>> {
  const all = { ...properties, ...(endpoint === undefined ? {} : { endpoint }), endpointType }
  const list = Object.entries(all).map(([name, value]) => [edcName(name), value] as const)
  return {
    '@type': ['dspace:DataAddress', `${dspace2025}DataAddress`],
    ...inNamespace('dspace:', endpointType, list),
    ...inNamespace(dspace2025, endpointType, list),
  }
}

function inNamespace(
  namespace: string,
  endpointType: string,
  properties: readonly (readonly [string, string])[],
): Readonly<Record<string, unknown>> {
  return {
    [`${namespace}endpointType`]: endpointType,
    [`${namespace}endpointProperties`]: properties.map(([name, value]) => ({
      '@type': `${namespace}EndpointProperty`,
      [`${namespace}name`]: name,
      [`${namespace}value`]: value,
    })),
  }
}

function inDspShape(address: unknown): unknown {
  if (!isObject(address)) return address
  const shaped = 'endpointType' in address ? address : ofEdcShape(address)
  return { ...shaped, endpointProperties: listOf(shaped['endpointProperties']).map(property) }
}

function ofEdcShape({ type, ...rest }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const properties = Object.entries(rest).filter(([name]) => !name.startsWith('@'))
  return { endpointType: type, endpointProperties: properties.map(([name, value]) => ({ name, value })) }
}

/** A value that is itself an address (EDC 0.11: the response channel) is kept as JSON text. */
function property(entry: unknown): unknown {
  if (!isObject(entry)) return entry
  const { value } = entry
  return typeof value === 'object' && value !== null ? { ...entry, value: JSON.stringify(value) } : entry
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
