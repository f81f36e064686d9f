import { readFile } from 'node:fs/promises'
import type { SidecarTask } from '../core/job/sidecar-task.ts'
import { reasonOf, SidecarFailure } from './failure.ts'

/**
 * Reads the task that a backend left as a file. The backend is ours and the file is not touched by anybody else, so only what a
 * sidecar of another version would get wrong is checked.
 * @throws SidecarFailure backend-error
 */
export async function readTask(path: string): Promise<SidecarTask> {
  // Typed without proof, on the grounds given above.
  let task: Partial<SidecarTask> | null
  try {
    task = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw unusable(path, reasonOf(error))
  }
  if (typeof task !== 'object' || task === null) throw unusable(path, 'it holds no object')
  const { version, ref, store, inputs, outputs, allowedHosts, outputBytes } = task
  if (version !== 1) throw unusable(path, `it has version ${String(version)}, and this sidecar reads version 1`)
  const complete =
    ref !== undefined &&
    store !== undefined &&
    Array.isArray(inputs) &&
    Array.isArray(outputs) &&
    Array.isArray(allowedHosts) &&
    typeof outputBytes === 'number'
  if (!complete) throw unusable(path, 'it lacks ref, store, inputs, allowedHosts, outputs or outputBytes')
  return { version, ref, store, inputs, outputs, allowedHosts, outputBytes }
}

function unusable(path: string, reason: string): SidecarFailure {
  return new SidecarFailure(
    'backend-error',
    `The sidecar's task ${path} cannot be used: ${reason}. Use the sidecar image of the same version as the service.`,
  )
}
