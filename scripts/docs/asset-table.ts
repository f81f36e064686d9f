import type { AssetField } from './asset-fields.ts'
import { code, table } from './markdown.ts'

/** The field table of docs/compute-asset.md. */
export function assetTable(fields: readonly AssetField[]): string {
  return table(
    ['Field', 'Needed', 'Default', 'Takes', 'Meaning'],
    fields.map(({ path, required, byDefault, takes, meaning }) => [
      code(path),
      required ? 'yes' : 'no',
      byDefault === undefined ? '' : code(JSON.stringify(byDefault).replaceAll(/^"(.+)"$/g, '$1')),
      takes,
      meaning,
    ]),
  )
}
