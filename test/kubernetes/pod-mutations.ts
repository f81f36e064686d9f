import type { V1Container, V1PodSpec } from '@kubernetes/client-node'

type Change = (pod: V1PodSpec, worker: V1Container) => void

/** Slips that the making of a pod could have, each of which would let something in or out. */
export const podMutations: Readonly<Record<string, Change>> = {
  'the node’s network': (pod) => (pod.hostNetwork = true),
  'the node’s processes': (pod) => (pod.hostPID = true),
  'the node’s shared memory': (pod) => (pod.hostIPC = true),
  'processes of the other containers': (pod) => (pod.shareProcessNamespace = true),
  'the token of a service account': (pod) => (pod.automountServiceAccountToken = true),
  'the token by default': (pod) => delete pod.automountServiceAccountToken,
  'another service account': (pod) => (pod.serviceAccountName = 'admin'),
  'addresses of services': (pod) => (pod.enableServiceLinks = true),
  'a life without end': (pod) => delete pod.activeDeadlineSeconds,
  'a pod that starts again': (pod) => (pod.restartPolicy = 'OnFailure'),
  'no security context': (pod) => delete pod.securityContext,
  'root allowed': (pod) => delete pod.securityContext?.runAsNonRoot,
  'root by the pod': (pod) => Object.assign(pod.securityContext ?? {}, { runAsUser: 0 }),
  'the image’s own user': (pod) => delete pod.securityContext?.runAsUser,
  'root’s group': (pod) => Object.assign(pod.securityContext ?? {}, { runAsGroup: 0 }),
  'volumes of root’s group': (pod) => Object.assign(pod.securityContext ?? {}, { fsGroup: 0 }),
  'further groups': (pod) => Object.assign(pod.securityContext ?? {}, { supplementalGroups: [0] }),
  'no filter of system calls': (pod) => delete pod.securityContext?.seccompProfile,
  'every system call': (pod) => Object.assign(pod.securityContext ?? {}, { seccompProfile: { type: 'Unconfined' } }),
  'a setting of the kernel': (pod) =>
    Object.assign(pod.securityContext ?? {}, { sysctls: [{ name: 'net.ipv4.ping_group_range', value: '0 1' }] }),
  'a folder of the node': (pod) => pod.volumes?.push({ name: 'x', hostPath: { path: '/' } }),
  'a claim of somebody': (pod) => pod.volumes?.push({ name: 'x', persistentVolumeClaim: { claimName: 'x' } }),
  'a token by projection': (pod) =>
    pod.volumes?.push({ name: 'x', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }),
  'another Secret': (pod) => pod.volumes?.push({ name: 'x', secret: { secretName: 'x', defaultMode: 0o400 } }),
  'a Secret for everybody': (pod) => pod.volumes?.forEach(({ secret }) => secret && (secret.defaultMode = 0o444)),
  'a volume without a limit': (pod) => pod.volumes?.forEach(({ emptyDir }) => emptyDir && delete emptyDir.sizeLimit),
  'the worker beside the upload': (pod, worker) => {
    pod.initContainers = pod.initContainers?.filter((one) => one !== worker) ?? []
    pod.containers.push(worker)
  },
  'the worker before fetch': (pod, worker) =>
    (pod.initContainers = [worker, ...(pod.initContainers?.filter((one) => one !== worker) ?? [])]),
  'the worker as a sidecar': (_, worker) => (worker.restartPolicy = 'Always'),
  'a worker without a context': (_, worker) => delete worker.securityContext,
  'a privileged worker': (_, worker) => Object.assign(worker.securityContext ?? {}, { privileged: true }),
  'escalation allowed': (_, worker) => Object.assign(worker.securityContext ?? {}, { allowPrivilegeEscalation: true }),
  'escalation by default': (_, worker) => delete worker.securityContext?.allowPrivilegeEscalation,
  'the runtime’s capabilities': (_, worker) => delete worker.securityContext?.capabilities,
  'a capability more': (_, worker) => Object.assign(worker.securityContext?.capabilities ?? {}, { add: ['NET_RAW'] }),
  'a root that can be written': (_, worker) => delete worker.securityContext?.readOnlyRootFilesystem,
  'root by the container': (_, worker) => Object.assign(worker.securityContext ?? {}, { runAsUser: 0 }),
  'root again by the container': (_, worker) => Object.assign(worker.securityContext ?? {}, { runAsNonRoot: false }),
  'every system call for the worker': (_, worker) =>
    Object.assign(worker.securityContext ?? {}, { seccompProfile: { type: 'Unconfined' } }),
  'all of /proc': (_, worker) => Object.assign(worker.securityContext ?? {}, { procMount: 'Unmasked' }),
  'the credentials in the worker': (_, worker) =>
    worker.volumeMounts?.push({ name: 'task', mountPath: '/var/run/dataspace-compute', readOnly: true }),
  'inputs that can be written': (_, worker) => worker.volumeMounts?.forEach((mount) => delete mount.readOnly),
  'a part of a volume': (_, worker) => worker.volumeMounts?.forEach((mount) => (mount.subPath = 'x')),
  'mounts that go back to the node': (_, worker) =>
    worker.volumeMounts?.forEach((mount) => (mount.mountPropagation = 'Bidirectional')),
  'a port of the node': (_, worker) => (worker.ports = [{ containerPort: 80, hostPort: 80 }]),
  'a hook': (_, worker) => (worker.lifecycle = { preStop: { exec: { command: ['x'] } } }),
  'no limit': (_, worker) => delete worker.resources,
  'no limit of memory': (_, worker) => delete worker.resources?.limits?.['memory'],
  'more than was asked for': (_, worker) => (worker.resources = { ...worker.resources, requests: { cpu: '1m' } }),
  'the worker’s environment in the sidecar': (pod) =>
    pod.containers.forEach((one) => (one.envFrom = [{ configMapRef: { name: 'x' } }])),
  'a key in the sidecar’s environment': (pod) =>
    pod.containers.forEach((one) => (one.env = [{ name: 'K', valueFrom: { secretKeyRef: { name: 'x', key: 'k' } } }])),
}
