import type { FlowMode } from '../transfer/flow.ts'

/** A transfer type by which an asset can be had, and how such a transfer goes. */
export interface OfferedTransfer extends FlowMode {
  readonly transferType: string
}

/** How a consumer gets at what an asset computes, through one connector. */
export interface OfferAccess {
  readonly transfers: readonly [OfferedTransfer, ...OfferedTransfer[]]
  /**
   * Who of the consumer's is told where a result is: the `connector`, which gives the address on, or the `data-plane` that it has
   * registered there (Data Plane Signaling 1.0).
   */
  readonly told: 'connector' | 'data-plane'
}

/** How it is with a connector of the dialect `http-provisioner`, which has a data plane of its own. */
export const provisionerAccess: OfferAccess = {
  transfers: [
    { transferType: 'HttpData-PULL', type: 'pull', start: 'async' },
    { transferType: 'HttpData-PUSH', type: 'push', start: 'async' },
  ],
  told: 'connector',
}

/** The transfer that is explained first: a pull where there is one. */
export function firstTransfer({ transfers }: OfferAccess): OfferedTransfer {
  return transfers.find(({ type }) => type === 'pull') ?? transfers[0]
}
