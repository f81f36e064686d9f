import { type Access, type AccessParts, type AccessSource, makeAccess } from './access.ts'
import { type KubeconfigSource, readKubeconfig } from './kubeconfig.ts'
import { plainAccess } from './plain-access.ts'

/** How long what the kubeconfig says is used before it is asked again, so that rotated token files are followed. Milliseconds. */
const accessLifeMs = 30_000

/** Reads the kubeconfig and keeps what it says current: token files, programs that print credentials, rotated certificates. */
export class Credentials implements AccessSource {
  readonly #source: KubeconfigSource
  #read: () => Promise<AccessParts>
  #access: Access | undefined
  #readAt = 0

  /** @throws Error where there is no such file or context, or it names no cluster */
  constructor(source: KubeconfigSource) {
    this.#source = source
    this.#read = readerOf(source)
  }

  /** What to connect with now; at most half a minute old. */
  async current(): Promise<Access> {
    if (this.#access === undefined || performance.now() - this.#readAt > accessLifeMs) {
      this.#access = makeAccess(await this.#read())
      this.#readAt = performance.now()
    }
    return this.#access
  }

  /** Reads everything anew: the API server did not accept what `current` gave. Caches of plug-ins go with the old configuration. */
  async renew(): Promise<Access> {
    this.#read = readerOf(this.#source)
    this.#access = undefined
    return this.current()
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
