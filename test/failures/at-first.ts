import type { Rule, Wire } from './wire.ts'

/**
 * Has something happen in the middle of the first request of a kind: it comes to its end before that request is passed on.
 * @returns resolves when it has happened
 */
export function atFirst(
  wire: Wire,
  isIt: (asked: Parameters<Rule>[0]) => boolean,
  happens: () => Promise<void> | void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let begun = false
    const forget = wire.add(async (asked) => {
      if (begun || !isIt(asked)) return undefined
      begun = true
      forget()
      try {
        await happens()
        resolve()
      } catch (error) {
        reject(error)
      }
      return undefined
    })
  })
}
