import { createHash } from 'node:crypto'
import type { RequestOptions } from 'node:https'
import type { ConnectionOptions, SecureContextOptions } from 'node:tls'
import { KubeConfig } from '@kubernetes/client-node'

/** What a TLS connection to the API server is made with. */
export type Certificates = Pick<
  SecureContextOptions & ConnectionOptions,
  'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'rejectUnauthorized' | 'servername'
>

/** How long headers made of the kubeconfig are used before it is asked again, so that rotated token files are followed. Milliseconds. */
const headerLifeMs = 30_000

/** What one request needs to be let in. */
export interface Access {
  /** Base address of the API server, without a slash at the end. */
  readonly server: string
  readonly headers: Readonly<Record<string, string>>
  readonly certificates: Certificates
  /** Address of an HTTP proxy to go through. */
  readonly proxy: string | undefined
  /** Changes when server, certificates or proxy do. */
  readonly identity: string
}

/** Who we are to the API server, and where it is. */
export interface AccessSource {
  /** What to connect with now; at most half a minute old. */
  current(): Promise<Access>
  /** Reads everything anew: the API server did not accept what `current` gave. */
  renew(): Promise<Access>
}

/** Where a kubeconfig comes from. */
export interface KubeconfigSource {
  /** `undefined`: the default rules (environment, home directory, service account). */
  readonly kubeconfig: string | undefined
  readonly context?: string | undefined
}

/** Reads the kubeconfig, by the library's own rules, and keeps what it says current: token files, exec plug-ins, rotated certificates. */
export class Credentials implements AccessSource {
  readonly #source: KubeconfigSource
  #config: KubeConfig
  #access: Access | undefined
  #readAt = 0

  /** @throws Error where there is no such file or context, or it names no cluster */
  constructor(source: KubeconfigSource) {
    this.#source = source
    this.#config = load(source)
  }

  /** What to connect with now; at most half a minute old. */
  async current(): Promise<Access> {
    if (this.#access === undefined || performance.now() - this.#readAt > headerLifeMs) {
      this.#access = await accessOf(this.#config)
      this.#readAt = performance.now()
    }
    return this.#access
  }

  /** Reads everything anew: the API server did not accept what `current` gave. Caches of plug-ins go with the old configuration. */
  async renew(): Promise<Access> {
    this.#config = load(this.#source)
    this.#access = undefined
    return this.current()
  }
}

function load({ kubeconfig, context }: KubeconfigSource): KubeConfig {
  const config = new KubeConfig()
  if (kubeconfig === undefined) config.loadFromDefault()
  else config.loadFromFile(kubeconfig)
  const where = kubeconfig ?? 'the default kubeconfig'
  if (context !== undefined) {
    if (config.getContextObject(context) === null)
      throw new Error(
        `${where} has no context ${JSON.stringify(context)}; it has ${config
          .getContexts()
          .map(({ name }) => name)
          .join(', ')}`,
      )
    config.setCurrentContext(context)
  }
  if (config.getCurrentCluster() === null)
    throw new Error(`the current context of ${where} names no cluster: set current-context, or name a context`)
  return config
}

async function accessOf(config: KubeConfig): Promise<Access> {
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new Error('the kubeconfig names no cluster any more')
  const options: RequestOptions = {}
  await config.applyToHTTPSOptions(options)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim()
  if (options.auth) headers['Authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options
  const given = Object.entries({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername })
  const certificates: Certificates = Object.fromEntries(given.filter(([, value]) => value !== undefined))
  const server = cluster.server.replace(/\/+$/, '')
  const proxy = cluster.proxyUrl === undefined || cluster.proxyUrl === '' ? undefined : cluster.proxyUrl
  const identity = createHash('sha256')
    .update(JSON.stringify([server, proxy, certificates]))
    .digest('hex')
  return { server, headers, certificates, proxy, identity }
}
