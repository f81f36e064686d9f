import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { freePort } from '../support/free-ports.ts'
import { eventually } from '../support/eventually.ts'
import type { Testbed } from '../support/testbed.ts'

/** A MinIO server of the test's own, which it may kill and start again. */
export interface OwnMinio {
  readonly objectStore: Testbed['objectStore']
  /** SIGKILL, as when its machine dies. */
  kill(): Promise<void>
  /** SIGSTOP: it answers nothing, and closes nothing. */
  pause(): void
  /** Goes on after `pause`. */
  resume(): void
  /** Starts it on the same data and waits until it answers. */
  start(): Promise<void>
  /** Uploads in parts that were begun and neither finished nor given up, as they lie on its disk. */
  unfinished(): Promise<readonly string[]>
  close(): Promise<void>
}

/** Starts one at an address that pods reach, with the program that the testbed built. */
export async function startOwnMinio(testbed: Testbed): Promise<OwnMinio> {
  const program = join(dirname(testbed.kubeconfig), '../../bin/minio')
  const data = await mkdtemp(join(tmpdir(), 'dsc-minio-'))
  const address = `${testbed.host}:${await freePort(testbed.host)}`
  const objectStore = {
    endpoint: `http://${address}`,
    accessKey: 'own-root',
    secretKey: 'own-root-secret-of-this-test',
  }
  let child: ChildProcess | undefined
  let ended: Promise<void> = Promise.resolve()
  const minio: OwnMinio = {
    objectStore,
    async kill() {
      child?.kill('SIGKILL')
      await ended
    },
    pause() {
      child?.kill('SIGSTOP')
    },
    resume() {
      child?.kill('SIGCONT')
    },
    async start() {
      const started = spawn(program, ['server', '--quiet', '--address', address, data], {
        env: {
          HOME: data,
          MINIO_ROOT_USER: objectStore.accessKey,
          MINIO_ROOT_PASSWORD: objectStore.secretKey,
          MINIO_BROWSER: 'off',
        },
        stdio: 'ignore',
      })
      child = started
      ended = new Promise((resolve, reject) => {
        started.once('close', () => resolve())
        started.once('error', reject)
      })
      await eventually('the test’s own MinIO', async () => {
        const health = await fetch(`${objectStore.endpoint}/minio/health/live`).catch(() => undefined)
        return health?.status === 200 ? { done: true } : { pending: `it answers ${health?.status}` }
      })
    },
    async unfinished() {
      const folder = join(data, '.minio.sys/multipart')
      const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    },
    async close() {
      await minio.kill()
      await rm(data, { recursive: true, force: true })
    },
  }
  await minio.start()
  return minio
}
