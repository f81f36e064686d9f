// Helper for the tests beside it (the underscore keeps AVA from taking it for one).
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { AssetOutput } from '../core/asset/schema.ts'
import type { PlannedInput } from '../core/job/plan.ts'
import type { SidecarTask } from '../core/job/sidecar-task.ts'
import type { StoreAccess } from '../core/ports/object-store.ts'

/** The signal of a caller who never stops. */
export const never: AbortSignal = new AbortController().signal

/** A new directory that goes when the test ends. */
export async function temporaryDirectory(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sidecar-test-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** A task with nothing to do but what is given. */
export function taskOf(store: StoreAccess, change: Partial<SidecarTask> = {}): SidecarTask {
  return {
    version: 1,
    ref: { jobId: crypto.randomUUID(), attempt: 1 },
    store,
    inputs: [],
    allowedHosts: [],
    outputs: [],
    outputBytes: 2 ** 30,
    ...change,
  }
}

/** A declared output. */
export function output(name: string, change: Partial<AssetOutput> = {}): AssetOutput {
  return { name, kind: 'file', required: false, ...change }
}

/** A file input from an address. */
export function urlInput(url: string, change: Partial<PlannedInput> = {}): PlannedInput {
  return { name: 'input.bin', kind: 'file', source: { kind: 'url', url }, maximumBytes: 2 ** 20, ...change }
}
