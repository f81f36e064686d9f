import type { Output } from '../context.ts'

/** Prints a value for programs: JSON by two spaces, which people can read, too. */
export function printJson(out: Output, value: unknown): void {
  out.write(`${JSON.stringify(value, undefined, 2)}\n`)
}
