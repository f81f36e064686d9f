import type { ExecutionContext } from 'ava'
import type { Entrypoint } from './entrypoint.ts'

/** Shows the end of a service's log, without its requests, where a test fails for which it may be the reason. */
export async function showLogEnd(t: ExecutionContext, { log }: Pick<Entrypoint, 'log'>): Promise<void> {
  const lines = (await log()).split('\n').filter((line) => !line.includes('"msg":"request"'))
  t.log(
    lines
      .slice(-60)
      .map((line) => line.slice(0, 400))
      .join('\n'),
  )
}
