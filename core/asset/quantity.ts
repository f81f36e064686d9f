const factors: Readonly<Record<string, number>> = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
}

/** What a quantity looks like (Kubernetes `resource.Quantity` without exponents), such as `500m`, `1`, `2Gi`. */
export const quantityPattern = /^(\d{1,15}(?:\.\d{1,9})?)(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/

/**
 * Reads a Kubernetes quantity.
 * @returns the number (bytes for memory and storage, cores for cpu), or `undefined` where the text is no quantity
 */
export function parseQuantity(text: string): number | undefined {
  const match = quantityPattern.exec(text)
  if (match === null) return undefined
  const factor = factors[match[2] ?? '']
  return factor === undefined ? undefined : Number(match[1]) * factor
}

/** Whether a quantity is a whole number of thousandths (`cpu`, where Kubernetes rounds up what is finer). Exact, whatever its digits. */
export function isWholeThousandths(text: string): boolean {
  return isWhole(text, 1000n)
}

/** Whether a quantity is a whole number of bytes. Kubernetes warns of others: `500m` of memory is half a byte. */
export function isWholeBytes(text: string): boolean {
  return isWhole(text, 1n)
}

/** Whether the quantity times `parts` is a whole number, in integers, because 1.1 * 1000 is not 1100 otherwise. */
function isWhole(text: string, parts: bigint): boolean {
  const match = quantityPattern.exec(text)
  if (match === null) return false
  const [whole = '', fraction = ''] = (match[1] ?? '').split('.')
  const unit = match[2] ?? ''
  const numerator = BigInt(whole + fraction) * parts * (unit === 'm' ? 1n : BigInt(factors[unit] ?? 1))
  return numerator % (10n ** BigInt(fraction.length) * (unit === 'm' ? 1000n : 1n)) === 0n
}
