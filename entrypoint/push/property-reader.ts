import type { Problem } from '../../core/errors.ts'
import type { DataAddress } from '../../dps/data-plane.ts'

/** Reads the properties of an address one by one and gathers what is wrong; values are never repeated. */
export class PropertyReader {
  readonly problems: Problem[] = []
  readonly #properties: Readonly<Record<string, string>>

  constructor({ properties }: DataAddress) {
    this.#properties = properties
  }

  /** The value of a property; `undefined` where it is absent or empty, which to EDC's forms is the same. */
  text(name: string): string | undefined {
    const value = Object.hasOwn(this.#properties, name) ? this.#properties[name] : undefined
    return value === '' ? undefined : value
  }

  /** The value of the first of several names for one thing that is there, with that name. */
  first(...names: readonly string[]): { readonly name: string; readonly value: string } | undefined {
    for (const name of names) {
      const value = this.text(name)
      if (value !== undefined) return { name, value }
    }
    return undefined
  }

  /** The value of a property that must be there and look like the pattern, which is said in words. */
  needed(name: string, pattern: RegExp, words: string): string {
    const value = this.text(name)
    if (value === undefined) this.report(name, `is missing; expected ${words}`)
    else if (!pattern.test(value)) this.report(name, `expected ${words}`)
    return value ?? ''
  }

  /** The value of a property that need not be there. */
  optional(name: string, pattern: RegExp, words: string): string | undefined {
    const value = this.text(name)
    if (value !== undefined && !pattern.test(value)) this.report(name, `expected ${words}`)
    return value
  }

  report(where: string, message: string): void {
    this.problems.push({ where, message })
  }
}
