import type { ResultManifest } from '../../core/result/manifest.ts'

/**
 * Under which name the manifest goes beside the files of a result: `manifest.json`; where the result itself has a file of that name (in
 * whatever case), with one `_` before it more than needed to be the only one.
 */
export function manifestName({ files }: Pick<ResultManifest, 'files'>): string {
  const taken = new Set(files.map(({ path }) => path.toLowerCase()))
  let name = 'manifest.json'
  while (taken.has(name)) name = `_${name}`
  return name
}

/** A manifest as it is sent: the same bytes every time. */
export function manifestBytes(manifest: ResultManifest): Buffer {
  return Buffer.from(JSON.stringify(manifest))
}
