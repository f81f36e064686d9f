import { newerSchema } from './newer-schema.ts'

/** The schema that this release works with, and whether a newer release has taken the database over meanwhile. */
export interface Release {
  readonly version: number
  /** Notes the version that the database has now. */
  see(version: number): void
  /** @throws ServiceError where the database belongs to a newer release: this one takes nothing new on */
  assertCurrent(): void
}

/** @param version of the schema that this release knows @param onNewer is told once that a newer release took over */
export function releaseOf(version: number, onNewer: (error: Error) => void): Release {
  let seen = version
  return {
    version,
    see(found) {
      if (found > version && seen <= version) onNewer(newerSchema(found, version))
      seen = found
    },
    assertCurrent() {
      if (seen > version) throw newerSchema(seen, version)
    },
  }
}
