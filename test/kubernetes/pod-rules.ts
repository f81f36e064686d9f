import type { V1Container, V1PodSpec } from '@kubernetes/client-node'

/** What each of our containers mounts, and whether it may write there. */
const mounts: Readonly<Record<string, Readonly<Record<string, 'ro' | 'rw'>>>> = {
  fetch: { '/inputs': 'rw', '/var/run/dataspace-compute': 'ro', '/etc/dataspace-compute/ca': 'ro' },
  gate: { '/etc/podinfo': 'ro' },
  worker: { '/inputs': 'ro', '/outputs': 'rw', '/tmp': 'rw', '/dev/shm': 'rw' },
  upload: { '/inputs': 'ro', '/outputs': 'ro', '/var/run/dataspace-compute': 'ro', '/etc/dataspace-compute/ca': 'ro' },
}
const volumeKinds = new Set(['name', 'emptyDir', 'secret', 'configMap', 'downwardAPI'])

/**
 * What is wrong with a pod of ours by rules of our own, which go further than the `restricted` standard: written down a second time,
 * so that a slip in the rendering does not pass because the rendering says so.
 */
export function podProblems(pod: V1PodSpec): readonly string[] {
  const { initContainers = [], containers, volumes = [], securityContext } = pod
  const order = [...initContainers, ...containers].map(({ name }) => name).join(' ')
  const problems = (rules: Readonly<Record<string, boolean>>): string[] =>
    Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [rule]))
  return [
    ...problems({
      'the containers run in their order': order === 'fetch worker upload' || order === 'fetch gate worker upload',
      'only the upload is no init container': containers.length === 1,
      'nothing is started twice': pod.restartPolicy === 'Never',
      'no token of a service account': pod.automountServiceAccountToken === false,
      'no service account of its own': pod.serviceAccountName === undefined && pod.serviceAccount === undefined,
      'no addresses of services': pod.enableServiceLinks === false,
      'no namespace of the node': !pod.hostNetwork && !pod.hostPID && !pod.hostIPC && pod.hostUsers !== true,
      'no processes of other containers': pod.shareProcessNamespace !== true,
      'a life with an end': typeof pod.activeDeadlineSeconds === 'number' && pod.activeDeadlineSeconds > 0,
      'not root': securityContext?.runAsNonRoot === true && (securityContext.runAsUser ?? 0) > 0,
      'not root’s group': (securityContext?.runAsGroup ?? 0) > 0 && (securityContext?.fsGroup ?? 0) > 0,
      'no further groups': securityContext?.supplementalGroups === undefined,
      'a filter of system calls': securityContext?.seccompProfile?.type === 'RuntimeDefault',
      'no setting of the kernel': securityContext?.sysctls === undefined,
      'no volume but ours': volumes.every((volume) => Object.keys(volume).every((kind) => volumeKinds.has(kind))),
      'no volume without a limit': volumes.every(
        ({ emptyDir }) => emptyDir === undefined || emptyDir.sizeLimit !== undefined,
      ),
      'one Secret, for its owner alone':
        volumes.filter(({ secret }) => secret !== undefined).length === 1 &&
        volumes.every(({ secret }) => secret === undefined || secret.defaultMode === 0o400),
    }),
    ...[...initContainers, ...containers].flatMap((container) =>
      problems(containerRules(container)).map((rule) => `${container.name}: ${rule}`),
    ),
  ]
}

function containerRules({ name, resources, securityContext, volumeMounts = [], env = [], ...rest }: V1Container) {
  const own = mounts[name] ?? {}
  const { limits = {}, requests } = resources ?? {}
  return {
    'no more rights than it has':
      securityContext?.allowPrivilegeEscalation === false && securityContext.privileged === false,
    'no capability':
      securityContext?.capabilities?.drop?.includes('ALL') === true && securityContext.capabilities.add === undefined,
    'nothing beside the pod’s identity':
      securityContext?.runAsUser === undefined &&
      securityContext?.runAsGroup === undefined &&
      securityContext?.runAsNonRoot === undefined &&
      securityContext?.seccompProfile === undefined &&
      securityContext?.procMount === undefined,
    'a root that cannot be written': securityContext?.readOnlyRootFilesystem === true,
    'limits that equal requests': JSON.stringify(limits) === JSON.stringify(requests),
    'a limit for each resource': ['cpu', 'memory', 'ephemeral-storage'].every((resource) => resource in limits),
    'no part of a volume': volumeMounts.every(
      ({ subPath, subPathExpr }) => subPath === undefined && subPathExpr === undefined,
    ),
    'no mount that goes back to the node': volumeMounts.every(({ mountPropagation }) => mountPropagation === undefined),
    'its own mounts': volumeMounts.every(({ mountPath, readOnly }) => {
      const mode = own[mountPath]
      return mode !== undefined && (mode === 'rw') === (readOnly !== true)
    }),
    'no ports, devices, hooks or probes':
      (rest.ports ?? rest.volumeDevices ?? rest.lifecycle ?? rest.livenessProbe ?? rest.startupProbe) === undefined,
    'no restart by itself': rest.restartPolicy === undefined,
    'no keys in the environment of the sidecar':
      name === 'worker' || ((rest.envFrom ?? []).length === 0 && env.every(({ valueFrom }) => valueFrom === undefined)),
  }
}
