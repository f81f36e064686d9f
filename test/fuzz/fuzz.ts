import { pollution } from '../corpora/pollution.ts'
import { choicesOf, mutated } from './mutate.ts'

/** A parser, and what must be true of it whatever it is given. */
export interface FuzzTarget {
  /** File and name of each function that is under test: `core/asset/dotenv.ts parseDotenv`. */
  readonly parsers: readonly [string, ...string[]]
  /** Inputs that it takes, or nearly so. */
  readonly seeds: readonly [string, ...string[]]
  /** Takes a millisecond or more, where others take a tenth of it. */
  readonly slow?: true
  /** Words of its language. */
  readonly words?: readonly string[]
  /** Throws where something that must be true is not. An input that is refused as it should be is no such thing. */
  check(input: string): void | Promise<void>
}

/** An input that broke a promise. */
export interface Finding {
  readonly target: string
  readonly seed: number
  readonly index: number
  readonly input: string
  readonly reason: string
}

/** The longest that one input may take, in milliseconds: generous, because machines that run tests pause. */
const longestMs = 2_000

/** How a target is called in reports. */
export function nameOf({ parsers }: FuzzTarget): string {
  return parsers[0].split(' ').at(-1) ?? parsers[0]
}

/**
 * Gives a parser inputs made from its seeds.
 * @param seed with the number of an input it says what the input is
 * @param budgetMs after so long, no further inputs are made; at least a hundred are
 * @returns the first input that broke a promise, made as small as it easily gets; `undefined` where none did
 */
export async function fuzz(
  target: FuzzTarget,
  seed: number,
  runs: number,
  budgetMs = Infinity,
): Promise<Finding | undefined> {
  const until = performance.now() + budgetMs
  for (let index = 0; index < runs && (index < 100 || performance.now() < until); index += 1) {
    const input = mutated(target.seeds, target.words ?? [], choicesOf(seed, index))
    const reason = await problemWith(target, input)
    if (reason === undefined) continue
    const smaller = await shrunk(target, input)
    return {
      target: nameOf(target),
      seed,
      index,
      input: smaller,
      reason: (await problemWith(target, smaller)) ?? reason,
    }
  }
  return undefined
}

async function problemWith(target: FuzzTarget, input: string): Promise<string | undefined> {
  // Of the processor, not of the clock: a busy machine is nobody's fault.
  const before = process.threadCpuUsage()
  try {
    const checking = target.check(input)
    if (checking !== undefined) await checking
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  const { user, system } = process.threadCpuUsage(before)
  const took = (user + system) / 1_000
  if (took > longestMs) return `took ${Math.round(took)} ms`
  const polluted = pollution()
  return polluted.length === 0 ? undefined : polluted.join(', ')
}

/** Leaves out parts, ever smaller ones, as long as the promise stays broken. */
async function shrunk(target: FuzzTarget, input: string): Promise<string> {
  let text = input
  const until = performance.now() + 3_000
  for (let size = Math.ceil(text.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < text.length && performance.now() < until; ) {
      const without = text.slice(0, at) + text.slice(at + size)
      if ((await problemWith(target, without)) === undefined) at += size
      else text = without
    }
  }
  return text
}

/**
 * What a function gives, or `undefined` where it refuses its input by one of these errors.
 * @throws whatever else the function throws
 */
export function unlessRefused<T>(
  parse: () => T,
  ...refusals: readonly (abstract new (
    ...args: never[]
  ) => Error)[]
): T | undefined {
  try {
    return parse()
  } catch (error) {
    if (refusals.some((refusal) => error instanceof refusal) && error instanceof Error && error.message !== '')
      return undefined
    throw error
  }
}

/** The same for functions that take time. */
export async function unlessRefusedLater<T>(
  parse: () => Promise<T>,
  ...refusals: readonly (abstract new (
    ...args: never[]
  ) => Error)[]
): Promise<T | undefined> {
  try {
    return await parse()
  } catch (error) {
    if (refusals.some((refusal) => error instanceof refusal) && error instanceof Error && error.message !== '')
      return undefined
    throw error
  }
}

/** @throws where something that must be true is not */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what)
}

/** Parsed JSON; text that is none counts as a text. */
export function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
