import { createContext, Script } from 'node:vm'
import type { PatternEngine } from '../../core/asset/parameters.ts'

/** How long one text may be tested against one pattern, in milliseconds. All sound patterns together take less than one. */
const longestMs = 100

const place: { pattern?: RegExp; text?: string } = {}
const context = createContext(place)
const script = new Script('pattern.test(text)')

/**
 * Tests a consumer's text against a provider's pattern, and gives up after a tenth of a second: with a pattern such as `^(a+)+$`, forty
 * characters would keep the service busy for hours. Where it gives up, the text counts as one that does not match.
 */
export const boundedPatterns: PatternEngine = (source, flags) => {
  const pattern = new RegExp(source, flags)
  return {
    toString: () => String(pattern), // by which Ajv tells patterns apart
    test(text) {
      try {
        Object.assign(place, { pattern, text })
        return script.runInContext(context, { timeout: longestMs }) === true
      } catch (error) {
        // The error is one of the context's own kind.
        if (codeOf(error) === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false
        throw error
      }
    },
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}
