/** A quantity as a fraction: `value / 10 ** digits`. */
interface Amount {
  readonly value: bigint
  readonly digits: bigint
}

/** What Kubernetes writes behind a number (`resource.Quantity`): powers of ten, and of 1024. */
const tens: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }
const kibis: Readonly<Record<string, bigint>> = { Ki: 1n, Mi: 2n, Gi: 3n, Ti: 4n, Pi: 5n, Ei: 6n }
const pattern = /^(\d{1,30})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i))?$/

/** Whether two quantities are the same amount: the API server writes `1024Mi` as `1Gi` and `0.5` as `500m`. Exact, whatever their digits. */
export function sameQuantity(one: string, other: string): boolean {
  if (one === other) return true
  const [a, b] = [amountOf(one), amountOf(other)]
  if (a === undefined || b === undefined) return false
  return a.value * 10n ** b.digits === b.value * 10n ** a.digits
}

function amountOf(text: string): Amount | undefined {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [, whole = '', fraction = '', exponent, unit = ''] = match
  const binary = 1024n ** (kibis[unit] ?? 0n)
  const digits = fraction.length - (exponent === undefined ? (tens[unit] ?? 0) : Number(exponent))
  const value = BigInt(whole + fraction) * binary
  return digits < 0 ? { value: value * 10n ** BigInt(-digits), digits: 0n } : { value, digits: BigInt(digits) }
}
