import { mkdir, readFile } from 'node:fs/promises'
import dotenv from 'dotenv'
import { crash } from '../../../core/crash-point.ts'
import { accessRequest } from '../../../core/job/access.ts'
import { attemptName } from '../../../core/job/names.ts'
import { sidecarTask } from '../../../core/job/sidecar-task.ts'
import type { Plan } from '../../../core/job/plan.ts'
import { type Backend, LaunchRefused, type Observation, type StepObservation } from '../../../core/ports/backend.ts'
import type { Clock } from '../../../core/ports/clock.ts'
import type { ObjectStore } from '../../../core/ports/object-store.ts'
import {
  attemptDirectory,
  attemptsIn,
  endLeftWorker,
  hasDirectory,
  makeDirectories,
  readLog,
  removeDirectory,
} from './attempt-directory.ts'
import { localCommand, runAttempt, workerDirectory } from './run-attempt.ts'
import type { WorkerProcess } from './worker-process.ts'

/** What the local backend is made with. */
export interface LocalOptions {
  /** Folder in which attempts have their directories. */
  readonly root: string
  /** Folder with one folder per asset id. */
  readonly assets: string
  /** dotenv file with the values of `worker.secrets`. */
  readonly secretsFile: string | undefined
  readonly allowedHosts: readonly string[]
  /** How long an upload may take, in milliseconds: the credentials last accordingly. */
  readonly uploadTimeoutMs: number
  readonly objects: Pick<ObjectStore, 'access'>
  readonly clock: Clock
}

/** How long a worker has between SIGTERM and SIGKILL, in milliseconds. */
const graceMs = 3_000

/** Listens before anyone else does. */
const nobody = (): void => undefined

interface LocalAttempt {
  step: StepObservation
  worker: WorkerProcess | undefined
  readonly abort: AbortController
  done: Promise<void>
}

/**
 * Runs workers as processes of this machine: for development. It isolates nothing: a worker can read what the service can.
 * Attempts live in memory, so one that is under way when the service ends has failed: its machine, so to say, is gone.
 */
export function localBackend(options: LocalOptions): Backend {
  const attempts = new Map<string, LocalAttempt>()
  let tell: (jobId: string) => void = nobody

  const begin = async (plan: Plan): Promise<void> => {
    const { ref, steps } = plan
    const directory = attemptDirectory(options.root, ref)
    const [step] = steps
    const store = await options.objects.access(accessRequest(plan, options.uploadTimeoutMs))
    const task = sidecarTask(plan, store, options.allowedHosts)
    const runsIn = await workerDirectory(options.assets, plan)
    const secrets = await readSecrets(options.secretsFile, step.worker.secrets)
    await endLeftWorker(directory) // of an earlier process that was killed before it wrote down that it launched this
    await removeDirectory(directory)
    await makeDirectories(directory, plan.installation)
    crash('directory-made')
    const attempt: LocalAttempt = {
      step: { phase: 'preparing', fetchStartedAt: options.clock.now() },
      worker: undefined,
      abort: new AbortController(),
      done: Promise.resolve(),
    }
    attempts.set(attemptName(ref), attempt)
    attempt.done = runAttempt({
      plan,
      task,
      directory,
      workerDirectory: runsIn,
      secrets,
      clock: options.clock,
      signal: attempt.abort.signal,
      note: (observed) => {
        attempt.step = observed
        tell(ref.jobId)
      },
      started: (worker) => {
        attempt.worker = worker
      },
    })
  }

  const end = (attempt: LocalAttempt): void => {
    const { worker } = attempt
    attempt.abort.abort(new Error('the attempt was stopped'))
    if (worker === undefined || attempt.step.phase !== 'running') return
    worker.signal('SIGTERM')
    const insist = setTimeout(() => worker.signal('SIGKILL'), graceMs)
    void worker.ended.then(() => clearTimeout(insist))
  }

  return {
    name: 'local',
    async launch(plan) {
      if (attempts.has(attemptName(plan.ref))) return
      localCommand(plan.steps[0])
      await begin(plan)
    },
    async observe(ref): Promise<Observation> {
      const attempt = attempts.get(attemptName(ref))
      if (attempt !== undefined) return { presence: 'present', step: attempt.step }
      if (!(await hasDirectory(attemptDirectory(options.root, ref)))) return { presence: 'absent' }
      const message = 'The service ended while the worker ran; the local backend’s workers do not outlive it.'
      return {
        presence: 'present',
        step: { phase: 'failed', container: 'worker', failure: { cause: 'node-lost', message } },
      }
    },
    async stop(ref) {
      const attempt = attempts.get(attemptName(ref))
      if (attempt !== undefined && !attempt.abort.signal.aborted) end(attempt)
    },
    log: (ref, container, maximumBytes, from = 0) =>
      readLog(attemptDirectory(options.root, ref).log(container), from, maximumBytes),
    async remove(ref) {
      const attempt = attempts.get(attemptName(ref))
      if (attempt !== undefined) {
        attempt.abort.abort(new Error('the attempt was removed'))
        attempt.worker?.signal('SIGKILL')
        await attempt.done
      }
      const directory = attemptDirectory(options.root, ref)
      await endLeftWorker(directory)
      await removeDirectory(directory)
      attempts.delete(attemptName(ref))
      tell(ref.jobId)
    },
    list: () => attemptsIn(options.root),
    watch(listener) {
      tell = listener
    },
    async check() {
      await mkdir(options.root, { recursive: true })
    },
    async close() {
      for (const attempt of attempts.values()) {
        attempt.abort.abort(new Error('the service ends'))
        attempt.worker?.signal('SIGKILL')
      }
      await Promise.all([...attempts.values()].map((attempt) => attempt.done))
    },
  }
}

async function readSecrets(
  file: string | undefined,
  names: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  if (names.length === 0) return {}
  const known = file === undefined ? {} : dotenv.parse(await readFile(file, 'utf8'))
  const missing = names.filter((name) => known[name] === undefined)
  if (missing.length > 0) {
    throw new LaunchRefused({
      cause: 'secret-missing',
      message: `DSC_LOCAL_SECRETS_FILE has no value for ${missing.join(', ')}.`,
    })
  }
  return Object.fromEntries(names.map((name) => [name, known[name] ?? '']))
}
