import { z } from 'zod'
import type { DataAddress } from '../data-plane.ts'
import { absent, textSchema } from './fields.ts'

/** What EDC puts before the names of properties. */
export const edcNamespace = 'https://w3id.org/edc/v0.0.1/ns/'

/**
 * A data address on the wire (DSP 2025-1, `DataAddress`). EDC 0.18 sends `"endpoint": null` with the consumer's `dataDestination` of a
 * pull. Values are texts; numbers and truth values, which other control planes may send, are read as their JSON.
 */
export const dataAddressSchema = z.looseObject({
  '@type': absent(z.string().max(1024)),
  endpointType: z.string().min(1).max(1024),
  endpoint: absent(textSchema),
  endpointProperties: absent(
    z
      .array(
        z.looseObject({
          name: z.string().min(1).max(1024),
          value: absent(z.union([textSchema, z.number(), z.boolean()], { error: 'expected a text' })),
        }),
      )
      .max(1000),
  ),
})

/**
 * A wire address in neutral form. A property is found by its plain name, and otherwise by the name with EDC's namespace before
 * it, wherever in the list it stands; EDC sends both spellings of some. An address without `endpoint` gets it from the property of
 * that name, by which it survives the way between two EDC.
 */
export function readDataAddress(wire: z.output<typeof dataAddressSchema>): DataAddress {
  const plain: [string, string][] = []
  const prefixed: [string, string][] = []
  for (const { name, value } of wire.endpointProperties ?? []) {
    if (value === undefined) continue
    const inNamespace = name.startsWith(edcNamespace) && name.length > edcNamespace.length
    if (inNamespace) prefixed.push([name.slice(edcNamespace.length), String(value)])
    else plain.push([name, String(value)])
  }
  const properties: Readonly<Record<string, string>> = Object.fromEntries([...prefixed, ...plain])
  const endpoint = wire.endpoint ?? properties['endpoint']
  return { endpointType: wire.endpointType, ...(endpoint === undefined ? {} : { endpoint }), properties }
}

/** A data address as it is written. */
export interface WireDataAddress {
  readonly '@type': 'DataAddress'
  readonly endpointType: string
  readonly endpoint?: string
  readonly endpointProperties?: readonly {
    readonly '@type': 'EndpointProperty'
    readonly name: string
    readonly value: string
  }[]
}

/**
 * The address on the wire, with plain names and every value a text: EDC 0.18 ends the transfer over an address with another kind
 * of value, or without `endpoint`. The schema of DSP 2025-1 allows no empty list of properties.
 */
export function writeDataAddress({ endpointType, endpoint, properties }: DataAddress): WireDataAddress {
  const endpointProperties = Object.entries(properties).map(
    ([name, value]) => ({ '@type': 'EndpointProperty', name, value }) as const,
  )
  return {
    '@type': 'DataAddress',
    endpointType,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(endpointProperties.length === 0 ? {} : { endpointProperties }),
  }
}
