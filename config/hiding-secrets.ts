import { inspect } from 'node:util'

/** What stands in place of a secret wherever one would be shown. */
const hidden = '[hidden]'

/**
 * Makes an object show `[hidden]` in place of its secrets wherever it is printed whole: by `JSON.stringify`, `util.inspect`,
 * `console.log`, in the message of an assertion. Whoever asks for a property by its name gets it as ever.
 * @param secrets names of properties
 * @returns the same object
 */
export function hidingSecrets<T extends object>(object: T, secrets: readonly string[]): T {
  const shown = (): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(object).map(([name, value]) => [
        name,
        secrets.includes(name) && value !== undefined ? hidden : value,
      ]),
    )
  return Object.defineProperties(object, { toJSON: { value: shown }, [inspect.custom]: { value: shown } })
}
