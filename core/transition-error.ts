/** A change that the tables do not allow: a mistake of the caller, never of the outside. */
export interface TransitionError {
  readonly kind: 'transition-error'
  readonly from: string
  readonly event: string
}

/** Builds a TransitionError. */
export function transitionError(from: string, event: string): TransitionError {
  return { kind: 'transition-error', from, event }
}

/** Tells a TransitionError from the thing that changed. */
export function isTransitionError(value: object): value is TransitionError {
  return 'kind' in value && value.kind === 'transition-error'
}
