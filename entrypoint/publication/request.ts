import type { PolicyDocument } from '../../core/publication/policy.ts'

/** What an administrator asks of a publication. */
export interface PublicationRequest {
  readonly assetId: string
  readonly connectorId: string
  /** The newest that is offered where it is absent. */
  readonly version?: string | undefined
  readonly accessPolicy?: PolicyDocument | undefined
  readonly contractPolicy?: PolicyDocument | undefined
  /** Whether to take over what is in the connector under our ids and was not published from here. */
  readonly adopt?: boolean | undefined
}
