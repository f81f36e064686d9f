import { ServiceError } from '../../../core/errors.ts'

/** What a release says of a database that a newer one has taken over. */
export function newerSchema(seen: number, known: number): ServiceError {
  return new ServiceError(
    'store-unavailable',
    `The database has schema version ${seen}, this release knows ${known}. Start a newer release, or restore a backup made by this one.`,
  )
}
