/**
 * What becomes of an asset's `dataplaneMetadata` on its way through JSON-LD in EDC 0.18: at the top level, a list of one becomes its
 * element; what lies deeper, longer lists and booleans survive. (Numbers become doubles, `3.0`, which JSON readers here do not tell apart.)
 */
export function bruised(metadata: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      name,
      Array.isArray(value) && value.length === 1 ? value[0] : value,
    ]),
  )
}
