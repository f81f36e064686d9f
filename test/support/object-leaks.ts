import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { parse } from 'yaml'
import { z } from 'zod'
import { secretsOfTests } from './known-secrets.ts'
import { type KnownSecret, leaksIn, secretsAmong } from './leaks.ts'
import type { Testbed } from './testbed.ts'

/** Everything of a namespace that more people may read than Secrets, by its path in the API. */
const kinds = ['api/v1 configmaps', 'api/v1 pods', 'api/v1 events', 'apis/batch/v1 jobs']
/** Pause before a watch that ended is begun again. Milliseconds. */
const againMs = 500

const kubeconfigSchema = z.object({
  clusters: z.tuple([
    z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': z.string() }) }),
  ]),
  users: z.tuple([
    z.object({ user: z.object({ 'client-certificate-data': z.string(), 'client-key-data': z.string() }) }),
  ]),
})

/** Searches objects of a cluster for secrets, from the moment at which they are made. */
export interface ObjectSearch {
  /** What was found so far: one line for each secret of each kind of object. */
  readonly found: ReadonlySet<string>
  stop(): void
}

/** The secrets that tests give a service, and every canary. */
export function secretsOf(testbed: Testbed): readonly KnownSecret[] {
  const { objectStore, secondObjectStore, connectors, postgresUrl } = testbed
  return [
    ...secretsOfTests,
    ...secretsAmong({ TESTBED_POSTGRES_URL: postgresUrl }),
    { name: 'the secret key of the object store', value: objectStore.secretKey },
    ...(secondObjectStore === undefined
      ? []
      : [{ name: 'the secret key of the second object store', value: secondObjectStore.secretKey }]),
    { name: 'the key of the provider’s connector', value: connectors.providerKey },
    { name: 'the key of the consumer’s connector', value: connectors.consumerKey },
  ]
}

/** Begins a search in namespaces, which need not exist yet; whatever is made once this has resolved is seen. */
export async function searchObjects(
  testbed: Pick<Testbed, 'kubeconfig'>,
  namespaces: readonly string[],
  secrets: readonly KnownSecret[],
): Promise<ObjectSearch> {
  const { clusters, users } = kubeconfigSchema.parse(parse(await readFile(testbed.kubeconfig, 'utf8')))
  const decoded = (text: string): Buffer => Buffer.from(text, 'base64')
  const identity = {
    ca: decoded(clusters[0].cluster['certificate-authority-data']),
    cert: decoded(users[0].user['client-certificate-data']),
    key: decoded(users[0].user['client-key-data']),
  }
  const found = new Set<string>()
  const stopped = new AbortController()
  /** Watches as long as the search goes on. @param begun called when the first watch has begun, or cannot */
  const follow = async (where: string, url: string, begun: () => void): Promise<void> => {
    while (!stopped.signal.aborted) {
      await new Promise<void>((resolve) => {
        const asking = get(url, { ...identity, signal: stopped.signal, agent: false }, (answer: IncomingMessage) => {
          begun()
          answer.socket.unref()
          const lines = createInterface(answer)
          lines.on('line', (line) => leaksIn(where, line, secrets).forEach((leak) => found.add(leak)))
          lines.once('close', resolve)
          for (const broken of [answer, lines]) broken.on('error', () => resolve())
        })
        asking.on('error', () => resolve()) // the cluster is away: some tests stop it
      })
      begun()
      await pause(againMs, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined)
    }
  }
  const { server } = clusters[0].cluster
  const beginnings = namespaces.flatMap((namespace) =>
    kinds.map((kind) => {
      const [group = '', resource = ''] = kind.split(' ')
      const url = `${server}/${group}/namespaces/${namespace}/${resource}?watch=1`
      return new Promise<void>((begun) => void follow(`one of the ${resource} of ${namespace}`, url, begun))
    }),
  )
  await Promise.all(beginnings)
  return { found, stop: () => stopped.abort() }
}
