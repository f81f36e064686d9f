import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { Worker } from '../../support/stand-in-cluster/worker.ts'

/** What the worker of the trials is told, by its environment. */
const ordersSchema = z.object({
  /** How long it computes, in milliseconds. */
  WORK_MS: z.coerce.number(),
  /** What it ends with. */
  EXIT: z.coerce.number(),
  /** Up to which attempt it ends with 3 whatever `EXIT` says. */
  FAIL_ATTEMPTS: z.coerce.number(),
  /** What it writes. */
  TEXT: z.string(),
})

/** How long it takes to end where it is told to. Milliseconds. */
const graceMs = 150

/** The worker of the trials, played on a stand-in cluster. */
export const trialWorker: Worker = async ({ environment, attempt, folders, signal }) => {
  const { WORK_MS, EXIT, FAIL_ATTEMPTS, TEXT } = ordersSchema.parse(environment)
  const log = 'computes\n'
  await pause(WORK_MS, undefined, { signal }).catch(() => undefined)
  if (signal.aborted) {
    await pause(graceMs)
    return { exitCode: 143, log }
  }
  await writeFile(join(folders.outputs, 'result.txt'), TEXT)
  return { exitCode: attempt <= FAIL_ATTEMPTS ? 3 : EXIT, log }
}
