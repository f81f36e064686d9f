import { z } from 'zod'
import type { TrialService } from './trial-service.ts'

const receptionSchema = z.looseObject({
  id: z.string(),
  processId: z.string(),
  mode: z.string(),
  flow: z.string(),
  state: z.string(),
  removeAt: z.string().nullable(),
  failure: z.looseObject({ message: z.string() }).nullable(),
  content: z
    .looseObject({
      files: z.array(z.looseObject({ path: z.string(), size: z.number(), sha256: z.string() })),
      verifiedBy: z.string(),
    })
    .nullable(),
})
const pageSchema = z.object({ receptions: z.array(receptionSchema), next: z.string().nullable() })

/** A reception as the admin API shows it. */
export type ShownReception = z.output<typeof receptionSchema>

async function page({ adminUrl }: TrialService, query: string): Promise<z.output<typeof pageSchema>> {
  const answer = await fetch(`${adminUrl}/api/v1/receptions?${query}`, { signal: AbortSignal.timeout(10_000) })
  return pageSchema.parse(await answer.json())
}

/** The reception of a process of the consumer's; `undefined` where there is none. */
export async function receptionOf(service: TrialService, processId: string): Promise<ShownReception | undefined> {
  return (await page(service, `process=${processId}`)).receptions[0]
}

/** Every reception that there is. */
export async function allReceptions(service: TrialService): Promise<readonly ShownReception[]> {
  const all: ShownReception[] = []
  for (let before: string | null | undefined; before !== null; ) {
    const { receptions, next } = await page(service, before === undefined ? '' : `before=${before}`)
    all.push(...receptions)
    before = next
  }
  return all
}

/** Removes the files of a process's reception as an operator does; nothing happens where there are none, or the service ends meanwhile. */
export async function removeReception(service: TrialService, processId: string): Promise<void> {
  try {
    const found = await receptionOf(service, processId)
    if (found === undefined) return
    const url = `${service.adminUrl}/api/v1/receptions/${found.id}`
    await (await fetch(url, { method: 'DELETE', signal: AbortSignal.timeout(10_000) })).text()
  } catch {
    // The operator has no answer: it is removed then, or it is not.
  }
}
