import { z } from 'zod'

const namespace = 'https://w3id.org/edc/v0.0.1/ns/'
const typeName = `${namespace}type`
const endpointName = `${namespace}endpoint`

/** A data address as EDC keeps it: properties only, the type and the endpoint among them under full names. */
export interface StoredAddress {
  readonly properties: Readonly<Record<string, string>>
}

/** A data address on the wire of signaling. */
export interface WireAddress {
  readonly endpointType: string
  readonly endpoint: string | null
  readonly endpointProperties: readonly {
    readonly name: string
    readonly value: string
    readonly '@type': 'EndpointProperty'
  }[]
  readonly '@type': 'DataAddress'
}

/** Numbers and booleans become text. */
const text = z.union([z.string(), z.number().transform(String), z.boolean().transform(String)])

/** What EDC can read: anything else ends the transfer, a missing endpoint or an object as a value included. */
const readable = z.looseObject({
  endpointType: z.string(),
  endpoint: z.string(),
  endpointProperties: z.array(z.looseObject({ name: z.string(), value: text })).default([]),
})

/** Reads an address that a data plane sent. @throws Error where EDC would throw */
export function fromWire(address: unknown): StoredAddress {
  const read = readable.safeParse(address)
  if (!read.success) throw new Error(`the data address cannot be read: ${z.prettifyError(read.error)}`)
  const { endpointType, endpoint, endpointProperties } = read.data
  const properties = Object.fromEntries(endpointProperties.map(({ name, value }) => [name, value]))
  return { properties: { ...properties, [typeName]: endpointType, [endpointName]: endpoint } }
}

/** As EDC sends it: type and endpoint stand among the properties once more. */
export function toWire({ properties }: StoredAddress): WireAddress {
  return {
    endpointType: properties[typeName] ?? '',
    endpoint: properties[endpointName] ?? null,
    endpointProperties: Object.entries(properties).map(([name, value]) => ({
      name,
      value,
      '@type': 'EndpointProperty',
    })),
    '@type': 'DataAddress',
  }
}

/** The consumer's `dataDestination` of a transfer request. @throws Error for anything but text in it, as that ends the transfer */
export function fromDestination(destination: Readonly<Record<string, unknown>>): StoredAddress {
  const properties = Object.entries(destination).map(([name, value]) => {
    if (typeof value !== 'string') throw new Error(`dataDestination.${name} is no text`)
    return [namespace + name, value] as const
  })
  return { properties: Object.fromEntries(properties) }
}
