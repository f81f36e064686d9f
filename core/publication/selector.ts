import type { Criterion } from './connector-objects.ts'

const edcNamespace = 'https://w3id.org/edc/v0.0.1/ns/'

/** The condition that selects one asset. */
export function assetSelector(assetId: string): readonly Criterion[] {
  return [{ operandLeft: `${edcNamespace}id`, operator: '=', operandRight: assetId }]
}

/**
 * Whether a contract definition offers an asset, as far as can be told: no condition selects every asset, and a condition that is not
 * understood here counts as met, because an offer that is overlooked is worse than one that is named in vain.
 * @param properties of the asset, by the names that the connector answers
 */
export function selects(
  selector: readonly Criterion[],
  assetId: string,
  properties: Readonly<Record<string, unknown>>,
): boolean {
  return selector.every(({ operandLeft, operator, operandRight }) => {
    const name = operandLeft.startsWith(edcNamespace) ? operandLeft.slice(edcNamespace.length) : operandLeft
    const value = name === 'id' ? assetId : properties[name]
    if (operator === '=') return value === operandRight
    if (operator === 'in') return [operandRight].flat().includes(value)
    return true
  })
}
