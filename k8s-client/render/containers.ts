import type { V1Container, V1EnvVar, V1ResourceRequirements, V1VolumeMount } from '@kubernetes/client-node'
import { attemptName } from '../../core/job/names.ts'
import type { Plan, Step } from '../../core/job/plan.ts'
import type { PodNetwork, RenderOptions } from '../options.ts'
import { literal } from './literal.ts'
import { fetchGate, gateName, podInfoDirectory, uploadGate, workerGate } from './network.ts'
import {
  certificatesDirectory,
  certificatesFile,
  inputDirectory,
  outputDirectory,
  taskDirectory,
  taskFile,
} from './paths.ts'
import { containerSecurity } from './security.ts'
import { mount, volumeNames } from './volumes.ts'

/** Name of the provider's Secret, in the jobs' namespace, with the values of an asset's `worker.secrets`. */
function assetSecretName(assetId: string): string {
  return `asset-${assetId}`
}

/** The container that computes: nothing in it but its environment, its inputs and a place to write. */
export function workerContainer(plan: Plan): V1Container {
  const [step] = plan.steps
  const { image, command } = step.worker
  const scratch = [mount(volumeNames.temporary, '/tmp')]
  if (step.resources.sharedMemory !== undefined) scratch.push(mount(volumeNames.sharedMemory, '/dev/shm'))
  return {
    name: 'worker',
    image,
    imagePullPolicy: 'IfNotPresent',
    ...(command === undefined ? {} : { command: command.map(literal) }),
    envFrom: [{ configMapRef: { name: attemptName(plan.ref) } }],
    env: [
      { name: 'INPUT_DIR', value: inputDirectory },
      { name: 'OUTPUT_DIR', value: outputDirectory },
      { name: 'JOB_ID', value: plan.ref.jobId },
      // The image's own home lies on the read-only root; libraries that keep a cache there would fail.
      { name: 'HOME', value: '/tmp' },
      ...step.worker.secrets.map((key): V1EnvVar => secretVariable(plan, key)),
    ],
    resources: workerResources(step),
    securityContext: containerSecurity,
    volumeMounts: [
      mount(volumeNames.inputs, inputDirectory, 'read-only'),
      mount(volumeNames.outputs, outputDirectory),
      ...scratch,
    ],
  }
}

/** The sidecar before the worker: it fills the input directory. */
export function fetchContainer(plan: Plan, options: RenderOptions): V1Container {
  const gate = fetchGate(plan.steps[0], options)
  return sidecar('fetch', inputDirectory, plan, options, [mount(volumeNames.inputs, inputDirectory)], gate)
}

/**
 * The container between `fetch` and a worker without network: it ends when the pod is relabelled and its network seen to be closed.
 * It is the sidecar's program, without its task.
 */
export function gateContainer({ steps }: Plan, options: RenderOptions, network: PodNetwork): V1Container {
  return {
    name: gateName,
    image: options.sidecarImage,
    imagePullPolicy: options.sidecarPullPolicy ?? 'IfNotPresent',
    args: [...workerGate(steps[0], network)],
    resources: sidecarResources(steps[0], options),
    securityContext: containerSecurity,
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    volumeMounts: [mount(volumeNames.podInfo, podInfoDirectory, 'read-only')],
  }
}

/** The sidecar after the worker: it uploads what the worker wrote. */
export function uploadContainer(plan: Plan, options: RenderOptions): V1Container {
  const mounts = [
    mount(volumeNames.inputs, inputDirectory, 'read-only'),
    mount(volumeNames.outputs, outputDirectory, 'read-only'),
  ]
  return sidecar('upload', outputDirectory, plan, options, mounts, uploadGate(plan.steps[0], options))
}

function sidecar(
  name: 'fetch' | 'upload',
  directory: string,
  plan: Plan,
  options: RenderOptions,
  mounts: V1VolumeMount[],
  gate: readonly string[],
): V1Container {
  const trusts = options.sidecarCaConfigMap !== undefined
  const certificates = trusts ? [mount(volumeNames.certificates, certificatesDirectory, 'read-only')] : []
  return {
    name,
    image: options.sidecarImage,
    imagePullPolicy: options.sidecarPullPolicy ?? 'IfNotPresent',
    args: [name, '--task', `${taskDirectory}/${taskFile}`, '--directory', directory, ...gate],
    ...(trusts
      ? { env: [{ name: 'NODE_EXTRA_CA_CERTS', value: `${certificatesDirectory}/${certificatesFile}` }] }
      : {}),
    resources: sidecarResources(plan.steps[0], options),
    securityContext: containerSecurity,
    // Why it failed stands in its termination message, as JSON.
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    volumeMounts: [...mounts, mount(volumeNames.task, taskDirectory, 'read-only'), ...certificates],
  }
}

function sidecarResources({ resources }: Step, { sidecarResources: given }: RenderOptions): V1ResourceRequirements {
  const { cpu, memory } = given ?? { cpu: '500m', memory: '128Mi' }
  return fixed({ cpu, memory, 'ephemeral-storage': resources.ephemeralStorage })
}

function secretVariable({ assetId }: Plan, key: string): V1EnvVar {
  return { name: key, valueFrom: { secretKeyRef: { name: assetSecretName(assetId), key } } }
}

function workerResources({ resources }: Step): V1ResourceRequirements {
  const { cpu, memory, ephemeralStorage, gpu } = resources
  const devices = gpu === undefined ? {} : { [gpu.resource]: String(gpu.count) }
  return fixed({ cpu, memory, 'ephemeral-storage': ephemeralStorage, ...devices })
}

/** Limits equal requests: what a job may use is what the scheduler kept free for it. */
function fixed(amounts: Record<string, string>): V1ResourceRequirements {
  return { requests: amounts, limits: amounts }
}
