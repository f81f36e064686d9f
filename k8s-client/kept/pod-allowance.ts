import { isDeepStrictEqual } from 'node:util'
import type { Allowance } from './differences.ts'
import { sameQuantity } from './same-quantity.ts'

/** Whether a value may stand at a place. `key` is the last part of its path. */
type Test = (value: unknown, key: string) => boolean

/** Where it stands, nothing that runs is other than was sent: where the pod is put, and what it is called. */
export const any: Test = () => true

/** What an API server fills in, or what is the same as nothing, or stricter. */
export function only(...values: readonly unknown[]): Test {
  return (value) => values.some((one) => isDeepStrictEqual(one, value))
}

/** Labels and annotations of ours: policies select by them, and they tell whose an object is. */
const ours = 'dataspace-compute/'

/** Labels and annotations that say nothing to us, nor to our policies. */
export const foreignKey: Test = (_value, key) => !key.startsWith(ours)

/**
 * Annotations by which a container gets other rights or devices, or a pod another network, than its spec says: AppArmor and seccomp in
 * their old forms, Multus, the Container Device Interface, CRI-O, and plug-ins of the runtime (NRI).
 */
const powerful =
  /^(container\.apparmor\.security\.beta|(container\.)?seccomp\.security\.alpha)\.kubernetes\.io\/|^k8s\.v1\.cni\.cncf\.io\/networks$|^v1\.multus-cni\.io\/|^cdi\.k8s\.io\/|^io\.kubernetes\.cri-o\.|(^|\.)nri\.io\//

/** Annotations of a pod that change nothing of it. */
export const harmlessAnnotation: Test = (value, key) => foreignKey(value, key) && !powerful.test(key)

/** Fields of a pod's spec that may be added. A field that is not here may not: what it would do is not known. */
const podFields: Readonly<Record<string, Test>> = {
  // Where it runs, and when.
  schedulerName: any,
  affinity: any,
  topologySpreadConstraints: any,
  'nodeSelector.*': any,
  priority: any,
  preemptionPolicy: any,
  priorityClassName: any,
  overhead: any,
  schedulingGates: any,
  readinessGates: any,
  // What means the same as nothing.
  dnsPolicy: only('ClusterFirst'),
  serviceAccountName: only('default'),
  serviceAccount: only('default'),
  hostNetwork: only(false),
  hostPID: only(false),
  hostIPC: only(false),
  shareProcessNamespace: only(false),
  setHostnameAsFQDN: only(false),
  os: only({ name: 'linux' }),
  // Without a user namespace is the default; with one of its own is stricter.
  hostUsers: only(true, false),
  'securityContext.supplementalGroupsPolicy': only('Merge', 'Strict'),
  'securityContext.fsGroupChangePolicy': only('Always', 'OnRootMismatch'),
  'securityContext.appArmorProfile': only({ type: 'RuntimeDefault' }),
  'volumes[].configMap.defaultMode': only(0o644),
  'volumes[].downwardAPI.defaultMode': only(0o644),
  'volumes[].downwardAPI.items[].fieldRef.apiVersion': only('v1'),
}

/** The same of each container. */
const containerFields: Readonly<Record<string, Test>> = {
  terminationMessagePath: only('/dev/termination-log'),
  terminationMessagePolicy: only('File', 'FallbackToLogsOnError'),
  resizePolicy: any,
  'securityContext.runAsNonRoot': only(true),
  'securityContext.seccompProfile': only({ type: 'RuntimeDefault' }),
  'securityContext.appArmorProfile': only({ type: 'RuntimeDefault' }),
  'securityContext.procMount': only('Default'),
}

/**
 * What may differ in a pod's spec.
 * @param at where the spec stands in what is compared, such as `spec.template.spec`
 */
export function podAllowance(at: string): Allowance {
  const lists = [`${at}.initContainers[]`, `${at}.containers[]`]
  const ofContainers = <T>(fields: Readonly<Record<string, T>>): (readonly [string, T])[] =>
    lists.flatMap((list) => Object.entries(fields).map(([field, test]) => [`${list}.${field}`, test] as const))
  return {
    added: new Map([
      ...Object.entries(podFields).map(([field, test]) => [`${at}.${field}`, test] as const),
      ...ofContainers(containerFields),
    ]),
    // The registry is asked at each start: the same image, or none.
    instead: new Map(ofContainers({ imagePullPolicy: only('Always') })),
    longer: new Set([
      `${at}.tolerations`,
      `${at}.imagePullSecrets`,
      ...lists.map((list) => `${list}.securityContext.capabilities.drop`),
    ]),
    same: (pattern, sent, there) => isQuantity(pattern) && sameQuantity(sent, there),
  }
}

function isQuantity(pattern: string): boolean {
  return /\.resources\.(limits|requests)\.[^[\]]+$|\.emptyDir\.sizeLimit$/.test(pattern)
}
