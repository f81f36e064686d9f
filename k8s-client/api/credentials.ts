import type { AccessParts } from './access.ts'
import { KeptAccess } from './kept-access.ts'
import { type KubeconfigSource, readKubeconfig } from './kubeconfig.ts'
import { plainAccess } from './plain-access.ts'

/** Reads the kubeconfig and keeps what it says current: token files, programs that print credentials, rotated certificates. */
export class Credentials extends KeptAccess {
  /** @throws Error where there is no such file or context, or it names no cluster */
  constructor(source: KubeconfigSource) {
    super(() => readerOf(source))
  }
}

function readerOf(source: KubeconfigSource): () => Promise<AccessParts> {
  const plain = readKubeconfig(source)
  if (plain !== undefined) return async () => plainAccess(plain)
  let library: (() => Promise<AccessParts>) | undefined
  return async () => {
    library ??= (await import('./library-access.ts')).libraryAccess(source)
    return library()
  }
}
