import { DataPlaneError } from '../data-plane.ts'
import { idSchema } from '../messages/fields.ts'

/**
 * The id that a segment of a path holds.
 * @param segment still percent-encoded
 * @throws DataPlaneError 400 `invalid-id` where it holds none
 */
export function pathId(segment: string): string {
  try {
    const parsed = idSchema.safeParse(decodeURIComponent(segment))
    if (parsed.success) return parsed.data
  } catch (error) {
    if (!(error instanceof URIError)) throw error
  }
  throw new DataPlaneError(400, 'invalid-id', 'The path names no id: expected 1 to 1,024 characters, percent-encoded.')
}
