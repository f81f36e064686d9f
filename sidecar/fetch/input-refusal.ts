/** An input cannot be had as it is declared; a new try would end alike. */
export class InputRefusal extends Error {
  override readonly name = 'InputRefusal'
  /** What to do about it, in a sentence. */
  readonly advice: string

  /** @param message what is wrong, without a full stop */
  constructor(message: string, advice: string) {
    super(message)
    this.advice = advice
  }
}
