/** Where everything of a reception lies in the object store. */
export function receptionPrefix(id: string): string {
  return `received/${id}/`
}

/** Key of its manifest: as the provider sent it. */
export function receivedManifestKey(id: string): string {
  return `${receptionPrefix(id)}manifest.json`
}

/** Where fetched files lie; a file's key is this and its path. What a provider pushes may lie there or beside the manifest. */
export const filesFolder = 'files/'
