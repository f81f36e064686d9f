/** A turn that was taken. */
export interface Turn {
  /** Gives it back; a second call changes nothing. */
  done(): void
}

/** So many may be at something at once, and fewer of one kind. */
export class Turns {
  readonly #most: number
  readonly #mostOfOne: number
  readonly #taken = new Map<string, number>()
  #total = 0

  constructor(most: number, mostOfOne: number) {
    this.#most = most
    this.#mostOfOne = mostOfOne
  }

  /** Takes a turn; `undefined` where there is none right now. */
  take(kind: string): Turn | undefined {
    const ofKind = this.#taken.get(kind) ?? 0
    if (this.#total >= this.#most || ofKind >= this.#mostOfOne) return undefined
    this.#total += 1
    this.#taken.set(kind, ofKind + 1)
    let given = false
    return {
      done: () => {
        if (given) return
        given = true
        this.#total -= 1
        const left = (this.#taken.get(kind) ?? 1) - 1
        if (left === 0) this.#taken.delete(kind)
        else this.#taken.set(kind, left)
      },
    }
  }
}
