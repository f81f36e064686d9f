import type { ReceptionCause, ReceptionFailure } from '../../core/reception/causes.ts'

/** The data cannot be had; a new try would end alike. */
export class ReceptionRefusal extends Error {
  override readonly name = 'ReceptionRefusal'
  readonly failure: ReceptionFailure

  /** @param message what is wrong; it is shown to operators and must hold nothing secret */
  constructor(cause: ReceptionCause, message: string, options?: ErrorOptions) {
    super(message, options)
    this.failure = { cause, message }
  }
}
