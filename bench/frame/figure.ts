import type { Samples } from './statistics.ts'

/** What a figure counts in. */
export type Unit = '/s' | 'ms' | 's' | 'MiB' | 'MiB/s' | 'times'

/** What a figure should be: its value, or its ratio to what was measured beside it. */
export type Aim =
  | { readonly kind: 'at-least' | 'at-most'; readonly value: number }
  | { readonly kind: 'ratio-at-least'; readonly value: number }

/** Something measured in the same run in the same unit, to hold a figure against: a peer, or what the machine can do at all. */
export interface Beside {
  readonly what: string
  readonly value: number
}

/** One line of the table. */
export interface Figure {
  readonly what: string
  readonly value: number
  readonly unit: Unit
  /** What the value was drawn from. */
  readonly samples?: Samples
  readonly aim?: Aim
  readonly beside?: Beside
}

/** The figure by what was measured beside it; where nothing was, by its aim. `undefined` where there is neither. */
export function ratioOf({ value, beside, aim }: Figure): number | undefined {
  const by = beside?.value ?? (aim?.kind === 'ratio-at-least' ? undefined : aim?.value)
  return by === undefined || by === 0 ? undefined : value / by
}

/** Whether the aim was reached; `undefined` where there is none. */
export function aimMet(figure: Figure): boolean | undefined {
  const { aim, value, beside } = figure
  switch (aim?.kind) {
    case undefined:
      return undefined
    case 'at-least':
      return value >= aim.value
    case 'at-most':
      return value <= aim.value
    case 'ratio-at-least':
      return beside !== undefined && beside.value > 0 && value / beside.value >= aim.value
  }
}
