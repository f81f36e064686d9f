/** A name of an object (DNS subdomain, RFC 1123): `registry-key`, `nvidia.com`. At most 253 characters. */
export const subdomainPattern = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** The same, or nothing. */
export const optionalNamePattern = new RegExp(`^$|${subdomainPattern.source}`)

/** A key of a label or a taint: a name of at most 63 characters, which a DNS subdomain and `/` may precede. */
export const labelKeyPattern =
  /^((?=[^/]{1,253}\/)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(?=[^/]{1,63}$)[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/

/** A value of a label or a taint: at most 63 characters, possibly none. */
export const labelValuePattern = /^(?=.{0,63}$)([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/

/**
 * The name of an extended resource, such as `nvidia.com/gpu`: with a domain, but none of Kubernetes' own (its words mean something
 * else to the scheduler) and no `requests.` before it (so quotas name it; k8s.io/kubernetes/pkg/apis/core/helper, IsExtendedResourceName).
 */
export const extendedResourcePattern =
  /^(?!requests\.)(?!([^/]*\.)?kubernetes\.io\/)(?=[^/]{1,244}\/)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/(?=[^/]{1,63}$)[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/
