/** An asset as a connector holds it. Names of properties are as it answers them. */
export interface ConnectorAsset {
  readonly id: string
  readonly properties: Readonly<Record<string, unknown>>
  readonly privateProperties: Readonly<Record<string, unknown>>
  /** Empty where it has none. */
  readonly dataAddress: Readonly<Record<string, unknown>>
  readonly dataplaneMetadata?: DataplaneMetadata
}

/** By what a control plane of Data Plane Signaling chooses a data plane for an asset (EDC 0.18). */
export interface DataplaneMetadata {
  /** A data plane must have all of these. */
  readonly labels: readonly string[]
  /** Only data planes that serve one of these transfer types offer the asset; none: every data plane does. */
  readonly profiles: readonly string[]
  /** Goes to the data plane with each start. We neither write nor read it. */
  readonly properties: Readonly<Record<string, unknown>>
}

/** A policy definition as a connector holds it. */
export interface PolicyDefinition {
  readonly id: string
  readonly policy: Readonly<Record<string, unknown>>
  readonly privateProperties: Readonly<Record<string, unknown>>
}

/** One condition of a contract definition on the assets it offers. */
export interface Criterion {
  readonly operandLeft: string
  readonly operator: string
  readonly operandRight: unknown
}

/** A contract definition as a connector holds it: who may see and use the assets that it selects. */
export interface ContractDefinition {
  readonly id: string
  readonly accessPolicyId: string
  readonly contractPolicyId: string
  readonly selector: readonly Criterion[]
  readonly privateProperties: Readonly<Record<string, unknown>>
}

/** What an object of a publication is called in answers. */
export type ObjectKind = 'asset' | 'policy' | 'contract-definition'
