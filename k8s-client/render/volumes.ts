import type { V1Volume, V1VolumeMount } from '@kubernetes/client-node'
import { attemptName } from '../../core/job/names.ts'
import type { Plan } from '../../core/job/plan.ts'
import type { RenderOptions } from '../options.ts'
import { certificatesFile, taskFile } from './paths.ts'
import { isIsolated, type NetworkRules } from './network.ts'

/** The pod's volumes by what they are for. */
export const volumeNames = {
  inputs: 'inputs',
  outputs: 'outputs',
  temporary: 'tmp',
  sharedMemory: 'shared-memory',
  task: 'task',
  certificates: 'certificates',
  podInfo: 'pod-info',
} as const

/** Mounts a volume; never with a subPath, which has been a way out of containers more than once. */
export function mount(name: string, mountPath: string, access: 'read-only' | 'writable' = 'writable'): V1VolumeMount {
  return { name, mountPath, ...(access === 'read-only' ? { readOnly: true } : {}) }
}

/**
 * The pod's volumes. Each may hold as much as the asset's `ephemeralStorage`; the kubelet notices more after tens of seconds and
 * evicts the pod with a message that names the volume.
 */
export function volumes(
  { ref, steps }: Plan,
  options: Pick<RenderOptions, 'sidecarCaConfigMap'> & NetworkRules,
): V1Volume[] {
  const { sidecarCaConfigMap, network } = options
  const { ephemeralStorage, sharedMemory } = steps[0].resources
  const disk = (name: string): V1Volume => ({ name, emptyDir: { sizeLimit: ephemeralStorage } })
  return [
    disk(volumeNames.inputs),
    disk(volumeNames.outputs),
    disk(volumeNames.temporary),
    ...(sharedMemory === undefined
      ? []
      : [{ name: volumeNames.sharedMemory, emptyDir: { medium: 'Memory', sizeLimit: sharedMemory } }]),
    {
      name: volumeNames.task,
      secret: { secretName: attemptName(ref), defaultMode: 0o400, items: [{ key: taskFile, path: taskFile }] },
    },
    ...(sidecarCaConfigMap === undefined
      ? []
      : [
          {
            name: volumeNames.certificates,
            configMap: { name: sidecarCaConfigMap, items: [{ key: certificatesFile, path: certificatesFile }] },
          },
        ]),
    ...(network !== undefined && isIsolated(steps[0], options)
      ? [
          {
            name: volumeNames.podInfo,
            downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] },
          },
        ]
      : []),
  ]
}
