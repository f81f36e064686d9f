import { Stale } from './apply.ts'

/** How often an order is tried where somebody else, above all the engine itself, changes the same job in the same moment. */
const mostTries = 5

/**
 * Carries out an operator's order on what is there: anew where that changed meanwhile.
 * @throws Stale where it changed again and again
 */
export async function carryOut<T>(order: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await order()
    } catch (error) {
      if (!(error instanceof Stale) || tried >= mostTries) throw error
    }
  }
}
