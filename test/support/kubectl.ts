import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { randomBytes } from 'node:crypto'
import { noLeaks } from './leaks.ts'
import { type ObjectSearch, searchObjects, secretsOf } from './object-leaks.ts'
import type { Testbed } from './testbed.ts'

/** An independent client: what the tests see of the cluster does not come from the code under test. */
export function kubectl(testbed: Testbed, parameters: readonly string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'kubectl',
      ['--kubeconfig', testbed.kubeconfig, ...parameters],
      { maxBuffer: 64 * 1024 * 1024, timeout: 120_000 },
      (error, output) => (error === null ? resolve(output) : reject(error)),
    )
    if (input !== undefined) child.stdin?.end(input)
  })
}

/** Those of namespaces that are there. */
const searches = new Map<string, ObjectSearch>()

/** Makes a namespace that enforces the `restricted` Pod Security standard. Whatever is made in it is searched for secrets. */
export async function makeNamespace(testbed: Testbed): Promise<string> {
  const name = `test-${randomBytes(4).toString('hex')}`
  const labels = Object.fromEntries(
    ['enforce', 'warn', 'audit'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
  )
  await kubectl(
    testbed,
    ['create', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }),
  )
  searches.set(name, await searchObjects(testbed, [name], secretsOf(testbed)))
  return name
}

/**
 * Removes a namespace with all that is in it, without waiting for the end of it.
 * @throws where a secret of the testbed, or a canary, stood in a ConfigMap, a Job, a pod or an event of it
 */
export async function removeNamespace(testbed: Testbed, name: string): Promise<void> {
  const search = searches.get(name)
  searches.delete(name)
  search?.stop()
  await kubectl(testbed, ['delete', 'namespace', name, '--wait=false'])
  noLeaks([...(search?.found ?? [])])
}

/** What was seen of the Jobs of a namespace since the watch began. */
export interface JobWatch {
  /** Every uid that a name ever had. */
  readonly uids: ReadonlyMap<string, ReadonlySet<string>>
  /** Most Jobs that existed at one moment. */
  most(): number
  /** Names of those that exist. */
  present(): readonly string[]
  close(): Promise<void>
}

/** Watches the Jobs of a namespace from now on. */
export function watchJobs(testbed: Testbed, namespace: string): JobWatch {
  const uids = new Map<string, Set<string>>()
  const present = new Set<string>()
  let most = 0
  const columns = ['.type', '.object.metadata.name', '.object.metadata.uid'].map((path) => `{${path}}`).join(' ')
  const child: ChildProcess = spawn(
    'kubectl',
    [
      '--kubeconfig',
      testbed.kubeconfig,
      '-n',
      namespace,
      'get',
      'jobs',
      '--watch',
      '--output-watch-events',
      '-o',
      `jsonpath=${columns}{"\\n"}`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  if (child.stdout !== null) {
    createInterface(child.stdout).on('line', (line) => {
      const [type, name = '', uid = ''] = line.split(' ')
      if (type === 'DELETED') present.delete(name)
      else {
        present.add(name)
        uids.set(name, (uids.get(name) ?? new Set()).add(uid))
      }
      most = Math.max(most, present.size)
    })
  }
  return {
    uids,
    most: () => most,
    present: () => [...present],
    async close() {
      child.kill()
      await ended
    },
  }
}
