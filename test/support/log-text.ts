import type { AttemptRef } from '../../core/job/names.ts'
import type { Backend, Container } from '../../core/ports/backend.ts'

/** The end of a container's log as text, `undefined` where there is none. */
export async function logText(
  backend: Backend,
  ref: AttemptRef,
  container: Container,
  maximumBytes: number,
): Promise<string | undefined> {
  const part = await backend.log(ref, container, maximumBytes)
  return part === undefined ? undefined : Buffer.from(part.bytes).toString('utf8')
}
