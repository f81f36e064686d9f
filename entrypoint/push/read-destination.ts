import type { Problem } from '../../core/errors.ts'
import type { DataAddress } from '../../dps/data-plane.ts'
import { type DestinationRules, strictRules } from './address-rules.ts'
import type { AddressToRead, Destination } from './destination.ts'
import { httpDestination } from './http-destination.ts'
import { s3Destination } from './s3-destination.ts'

/** The kinds of address that can be pushed to, in lower case: EDC's names, those of the specifications, and short ones. */
const kinds: Readonly<Record<string, (read: AddressToRead) => Destination | Problem[]>> = {
  httpdata: httpDestination,
  http: httpDestination,
  'https://w3id.org/idsa/v4.1/http': httpDestination,
  'https://w3id.org/dspace-sig/profile/http-push': httpDestination,
  amazons3: s3Destination,
  s3: s3Destination,
}

/**
 * Reads where a consumer wants its result, and holds it to every rule that needs no network: so that a start can refuse at once
 * what could not be delivered after the job. docs/push-destinations.md has the properties.
 * @param rules what the operator allows; by default https at public addresses only
 * @returns the destination; else everything that is wrong, for the consumer to read: each names its property, and none repeats a
 *   value, which may be a secret
 */
export function readDestination(address: DataAddress, rules: DestinationRules = strictRules): Destination | Problem[] {
  const kind = address.endpointType.toLowerCase()
  const read = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
  if (read !== undefined) return read({ address, rules })
  return [
    {
      where: 'endpointType',
      message: 'is no kind of destination that can be pushed to; expected HttpData or AmazonS3',
    },
  ]
}

/** All problems of a destination in one sentence for the consumer. */
export function refusalOf(problems: readonly Problem[]): string {
  return `The destination cannot be used: ${problems.map(({ where, message }) => `${where} ${message}`).join('; ')}.`
}
