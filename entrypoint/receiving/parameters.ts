import { DataPlaneError, type FlowMessage } from '../../dps/data-plane.ts'
import { edcNamespace } from '../../dps/messages/data-address.ts'

/** Longest parameters that are handed on, in characters of JSON. */
const longest = 64 * 1024

/**
 * What the consumer tells the provider's worker, from `params` of the prepare's metadata: an object, or its JSON text. It reaches the
 * provider as a property of the address that prepare answers, the only standard way from a consumer to a provider.
 * @returns JSON text; `undefined` where there are none
 * @throws DataPlaneError where it is something else
 */
export function parametersIn({ metadata }: FlowMessage): string | undefined {
  const given = metadata['params'] ?? metadata[`${edcNamespace}params`]
  if (given === undefined || given === null || given === '') return undefined
  const text = typeof given === 'string' ? given : JSON.stringify(given)
  if (text.length <= longest && isObject(text)) return text
  throw new DataPlaneError(
    422,
    'invalid-parameters',
    `params of the metadata is no JSON object of at most ${longest} characters.`,
  )
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
