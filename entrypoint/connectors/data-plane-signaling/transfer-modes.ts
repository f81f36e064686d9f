import type { Profile } from '../../../config/signaling.ts'
import type { ComputeAsset } from '../../../core/asset/schema.ts'
import type { FlowMode } from '../../../core/transfer/flow.ts'
import { flowTypeOf } from '../../../dps/flow/flow-type.ts'

/** How transfers of a type may go, the preferred first; none where its name says neither pull nor push. */
export function modesOf({ name, start }: Profile): readonly FlowMode[] {
  const type = flowTypeOf(name)
  if (type === undefined) return []
  const starts = start === undefined ? (['async', 'sync'] as const) : [start]
  return starts.map((one) => ({ type, start: one }))
}

/** What a compute asset says in `transfers` that goes so. */
export function transferOf({ type, start }: FlowMode): ComputeAsset['transfers'][number] {
  return start === 'async' ? type : `${type}-sync`
}

/** How a transfer of a type goes for an asset; `undefined` where the asset does not offer it. */
export function offeredMode(profile: Profile, { transfers }: Pick<ComputeAsset, 'transfers'>): FlowMode | undefined {
  return modesOf(profile).find((mode) => transfers.includes(transferOf(mode)))
}
