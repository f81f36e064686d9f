import { type Finding, probe } from './probe.ts'
import type { Target } from './target.ts'

/** What a gate looks at. */
export interface Watched {
  /** What must be closed. */
  readonly closed: readonly Target[]
  /**
   * What must be reached in the same look, because this pod may: without that something may seem closed because the pod has no
   * network yet. Empty while nothing may be reached.
   */
  readonly reached: readonly Target[]
}

/** Why a look does not show that the network is closed: what was found, and where. */
export interface Doubt {
  readonly found: 'unreached' | 'open' | 'unresolved' | 'nobody-listens'
  readonly targets: readonly Target[]
}

/**
 * Where nobody is: addresses of documentation (RFC 5737, RFC 3849), which policies close as they do everything else. Whatever
 * refuses a connection there refuses it on the way.
 */
export const nobody = {
  ipv4: { host: '198.51.100.1', port: 443 },
  ipv6: { host: '2001:db8::1', port: 443 },
} as const satisfies Record<string, Target>

/**
 * Looks once. Silence shows that an address is closed; a refusal does so only where connections to nobody are refused, too: else
 * it is the host that refuses, because what listens there is away, and would answer again a moment later.
 * @param reference stands for `nobody`
 * @returns `undefined` where everything that must be reached was reached, and everything else is closed
 */
export async function look(
  { closed, reached }: Watched,
  timeoutMs: number,
  signal: AbortSignal,
  reference?: Target,
): Promise<Doubt | undefined> {
  const of = async (targets: readonly Target[]) =>
    Promise.all(targets.map(async (target) => ({ target, finding: await probe(target, timeoutMs, signal) })))
  const all = await of(reached)
  const unreached = all.filter(({ finding }) => finding !== 'open').map(({ target }) => target)
  if (unreached.length > 0) return { found: 'unreached', targets: unreached }

  const found = await of(closed)
  const those = (wanted: Finding) => found.filter(({ finding }) => finding === wanted).map(({ target }) => target)
  const [open, unresolved, refused] = [those('open'), those('unresolved'), those('refused')]
  if (open.length > 0) return { found: 'open', targets: open }
  // Names may be closed with all the rest where nothing may be reached, but something must have had an address.
  const tolerated = reached.length === 0 && unresolved.length < closed.length
  if (unresolved.length > 0 && !tolerated) return { found: 'unresolved', targets: unresolved }
  const [first] = refused
  if (first === undefined) return undefined
  const [nowhere] = await of([reference ?? (first.host.includes(':') ? nobody.ipv6 : nobody.ipv4)])
  if (nowhere?.finding === 'refused') return undefined
  return nowhere?.finding === 'open'
    ? { found: 'open', targets: [nowhere.target] }
    : { found: 'nobody-listens', targets: refused }
}
