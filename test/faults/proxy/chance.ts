/**
 * A number from 0 up to 1 that follows from a seed and names alone: what happens to the third call of a kind does not depend on what
 * came in between, so that a seed shows the same faults again although processes and networks keep no order.
 */
export function chance(seed: number, ...names: readonly (string | number)[]): number {
  let state = seed | 0
  for (const character of names.join('\0')) {
    state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x5bd1e995)
    state ^= state >>> 15
  }
  state = Math.imul(state ^ (state >>> 16), 0x45d9f3b)
  state = Math.imul(state ^ (state >>> 16), 0x45d9f3b)
  return ((state ^ (state >>> 16)) >>> 0) / 2 ** 32
}
