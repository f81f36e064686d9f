import type { V1Job, V1PodFailurePolicy, V1PodSpec, V1Toleration } from '@kubernetes/client-node'
import type { Plan, Step } from '../../core/job/plan.ts'
import { longestAttemptMs } from '../../core/job/access.ts'
import { attemptLabels } from '../labels.ts'
import { defaultUploadTimeoutMs, type RenderOptions } from '../options.ts'
import { fetchContainer, gateContainer, uploadContainer, workerContainer } from './containers.ts'
import { isIsolated, networkLabels } from './network.ts'
import { attemptMetadata } from './metadata.ts'
import { podSecurity } from './security.ts'
import { volumes } from './volumes.ts'

/** How long a finished Job is kept when nobody removes it: the net for when the service is gone. Seconds. */
const keptSeconds = 86_400
/** Longest life of a pod that the API takes (int32), in seconds. */
const longestSeconds = 2_147_483_647

/**
 * The Job of an attempt, suspended: it starts when its ConfigMap and Secret are there. One Job is one pod: `fetch`, then the worker,
 * then `upload`, so the worker never runs beside credentials and the upload is bound by no grace period.
 */
export function renderJob(plan: Plan, options: RenderOptions): V1Job {
  const spec = podSpec(plan, options)
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: attemptMetadata(plan, options.namespace),
    spec: {
      suspend: true,
      parallelism: 1,
      completions: 1,
      // Attempts are the engine's: a second pod of the same Job would compute again after a failed upload.
      backoffLimit: 0,
      podReplacementPolicy: 'Failed',
      podFailurePolicy: failurePolicy(spec),
      ttlSecondsAfterFinished: keptSeconds,
      template: {
        metadata: { labels: { ...attemptLabels(plan), ...networkLabels(plan.steps[0], options) } },
        spec,
      },
    },
  }
}

function podSpec(plan: Plan, options: RenderOptions): V1PodSpec {
  const [step] = plan.steps
  const { placement, worker } = step
  const runtimeClass = placement.runtimeClass === '' ? options.runtimeClass : placement.runtimeClass
  return {
    restartPolicy: 'Never',
    // A net for when the service is down. The Job has no deadline: that one would delete the pod, log and all.
    activeDeadlineSeconds: Math.min(
      longestSeconds,
      Math.ceil(longestAttemptMs(step, options.uploadTimeoutMs ?? defaultUploadTimeoutMs) / 1000),
    ),
    terminationGracePeriodSeconds: options.gracePeriodSeconds ?? 3,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: podSecurity(worker),
    ...(options.hostUsers === undefined ? {} : { hostUsers: options.hostUsers }),
    ...(runtimeClass === undefined ? {} : { runtimeClassName: runtimeClass }),
    ...(placement.priorityClass === '' ? {} : { priorityClassName: placement.priorityClass }),
    nodeSelector: placement.nodeSelector,
    tolerations: placement.tolerations.map(toleration),
    imagePullSecrets: worker.pullSecrets.map((name) => ({ name })),
    initContainers: [
      fetchContainer(plan, options),
      ...(options.network !== undefined && isIsolated(step, options)
        ? [gateContainer(plan, options, options.network)]
        : []),
      workerContainer(plan),
    ],
    containers: [uploadContainer(plan, options)],
    volumes: volumes(plan, options),
  }
}

/** Keeps the cause of a failure in the Job's condition, for when the pod itself is gone. */
function failurePolicy({ initContainers = [], containers }: V1PodSpec): V1PodFailurePolicy {
  return {
    rules: [
      { action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      ...[...initContainers, ...containers].map(({ name: containerName }) => ({
        action: 'FailJob',
        onExitCodes: { containerName, operator: 'NotIn', values: [0] },
      })),
    ],
  }
}

function toleration(from: Step['placement']['tolerations'][number]): V1Toleration {
  return Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined))
}
