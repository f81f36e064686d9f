import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

/** Where a kubeconfig comes from. */
export interface KubeconfigSource {
  /** Path; several with the system's delimiter between them. `undefined`: ~/.kube/config. */
  readonly kubeconfig: string | undefined
  readonly context?: string | undefined
}

const text = z.string().optional()
const clusterSchema = z.looseObject({
  server: z.string().min(1),
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': text,
  'proxy-url': text,
})
const userSchema = z.looseObject({
  token: text,
  tokenFile: text,
  'token-file': text,
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  username: text,
  password: text,
})
const fileSchema = z.looseObject({
  clusters: z.array(z.looseObject({ name: z.string(), cluster: clusterSchema })).default([]),
  users: z.array(z.looseObject({ name: z.string(), user: userSchema.nullish() })).default([]),
  contexts: z
    .array(z.looseObject({ name: z.string(), context: z.looseObject({ cluster: text, user: text }) }))
    .default([]),
  'current-context': text,
})

/** The cluster and the user of one context. */
export interface KubeconfigContext {
  readonly cluster: z.output<typeof clusterSchema>
  readonly user: z.output<typeof userSchema>
  /** Absolute, for the paths in both, which may be relative to their file. */
  readonly place: (path: string) => string
}

/**
 * Reads what a kubeconfig says plainly.
 * @returns `undefined` where it takes more than reading: a program to run or a plug-in, impersonation, several files
 * @throws Error where there is no such file or context, or it names no cluster
 */
export function readKubeconfig({ kubeconfig, context }: KubeconfigSource): KubeconfigContext | undefined {
  if (kubeconfig?.includes(delimiter) === true) return undefined
  const home = join(homedir(), '.kube/config')
  const path = kubeconfig ?? (existsSync(home) ? home : undefined)
  if (path === undefined)
    throw new Error(
      'there is no kubeconfig: set KUBECONFIG; there is no ~/.kube/config, and this is no pod with a service account',
    )
  const read = fileSchema.safeParse(parse(readFileSync(path, 'utf8')))
  if (!read.success) throw new Error(`${path} is no kubeconfig: ${z.prettifyError(read.error)}`)
  const file = read.data
  const wanted = context ?? file['current-context']
  const found = file.contexts.find(({ name }) => name === wanted)
  if (found === undefined && context !== undefined) {
    const names = file.contexts.map(({ name }) => name).join(', ')
    throw new Error(`${path} has no context ${JSON.stringify(context)}; it has ${names}`)
  }
  const cluster = file.clusters.find(({ name }) => name === found?.context.cluster)?.cluster
  if (cluster === undefined)
    throw new Error(`the current context of ${path} names no cluster: set current-context, or name a context`)
  const user = file.users.find(({ name }) => name === found?.context.user)?.user ?? {}
  if ('exec' in user || 'auth-provider' in user || 'as' in user) return undefined
  return { cluster, user, place: (relative) => resolve(dirname(path), relative) }
}
