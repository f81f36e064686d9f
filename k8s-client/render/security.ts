import type { V1PodSecurityContext, V1SecurityContext } from '@kubernetes/client-node'
import type { Step } from '../../core/job/plan.ts'

/**
 * What holds for every container of the pod. All run as the asset's user, so that the sidecar can read whatever the worker wrote;
 * `fsGroup` makes the volumes writable and the Secret readable for it (without it, mode 0400 is root's alone).
 */
export function podSecurity({ runAs }: Step['worker']): V1PodSecurityContext {
  return {
    runAsNonRoot: true,
    runAsUser: runAs.user,
    runAsGroup: runAs.group,
    fsGroup: runAs.group,
    seccompProfile: { type: 'RuntimeDefault' },
  }
}

/** What holds for each container: the `restricted` Pod Security standard, and nothing written outside of volumes. */
export const containerSecurity: V1SecurityContext = {
  allowPrivilegeEscalation: false,
  privileged: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
}
