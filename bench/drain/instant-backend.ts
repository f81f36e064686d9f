import { attemptName, type AttemptRef } from '../../core/job/names.ts'
import type { Backend, Observation } from '../../core/ports/backend.ts'

/** A stand-in for a cluster on which every attempt is over the moment it is launched, and gone the moment it is removed. */
export function instantBackend(): Backend {
  const launched = new Map<string, number>()
  let listener: ((jobId: string) => void) | undefined
  const hint = ({ jobId }: AttemptRef): void => void setImmediate(() => listener?.(jobId))
  return {
    name: 'stand-in',
    async launch({ ref }) {
      if (!launched.has(attemptName(ref))) launched.set(attemptName(ref), Date.now())
      hint(ref)
    },
    async observe(ref): Promise<Observation> {
      const at = launched.get(attemptName(ref))
      if (at === undefined) return { presence: 'absent' }
      return { presence: 'present', step: { phase: 'stored', workerStartedAt: at, workerEndedAt: at } }
    },
    stop: async () => undefined,
    log: async () => undefined,
    async remove(ref) {
      launched.delete(attemptName(ref))
      hint(ref)
    },
    list: async () => [],
    watch(told) {
      listener = told
    },
    check: async () => undefined,
    close: async () => undefined,
  }
}
