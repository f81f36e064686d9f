import type { Settings } from './settings.ts'

/** Whether NetworkPolicies are expected to hold: only then can a worker be promised to be without network. */
export function enforcesPolicies(settings: Settings): boolean {
  if (settings.DSC_BACKEND !== 'kubernetes') return false
  return (
    (settings.DSC_NETWORK_POLICIES ?? (settings.DSC_TENANCY === 'namespace' ? 'enforced' : 'unknown')) === 'enforced'
  )
}
