/**
 * Whether the consumer gets the data (pull) or the provider sends it (push), by the last part of a profile or transfer type:
 * `HttpData-PULL`, `https://w3id.org/dspace-sig/profile/http-push`, `Compute-PULL-Return` says neither. To the control plane the text
 * means nothing.
 */
export function flowTypeOf(profile: string): 'pull' | 'push' | undefined {
  const last = profile.slice(profile.lastIndexOf('-') + 1).toLowerCase()
  return last === 'pull' || last === 'push' ? last : undefined
}
