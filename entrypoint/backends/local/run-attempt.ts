import { appendFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { crash } from '../../../core/crash-point.ts'
import type { Failure } from '../../../core/job/causes.ts'
import type { Plan, Step } from '../../../core/job/plan.ts'
import type { SidecarTask } from '../../../core/job/sidecar-task.ts'
import type { StepObservation } from '../../../core/ports/backend.ts'
import { LaunchRefused } from '../../../core/ports/backend.ts'
import type { Clock } from '../../../core/ports/clock.ts'
import { SidecarFailure } from '../../../sidecar/failure.ts'
import { fetchInputs } from '../../../sidecar/fetch/fetch-inputs.ts'
import { uploadOutputs } from '../../../sidecar/upload/upload-outputs.ts'
import { type AttemptDirectory, notePid } from './attempt-directory.ts'
import { startWorker, type WorkerEnd, type WorkerProcess } from './worker-process.ts'

/** What one attempt runs with. */
export interface AttemptRun {
  readonly plan: Plan
  readonly task: SidecarTask
  readonly directory: AttemptDirectory
  /** Where the worker's command runs. */
  readonly workerDirectory: string
  readonly secrets: Readonly<Record<string, string>>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Told whenever the attempt has come further. */
  readonly note: (step: StepObservation) => void
  /** Told which process the worker is. */
  readonly started: (worker: WorkerProcess) => void
}

/** Runs an attempt: inputs, worker, upload, with the very code of the data sidecar. Never fails: its end is noted. */
export async function runAttempt(run: AttemptRun): Promise<void> {
  const [step] = run.plan.steps
  const { directory, clock, note, signal } = run
  const progress = (container: 'fetch' | 'upload') => (line: string) =>
    appendFileSync(directory.log(container), `${line}\n`)
  let workerStartedAt: number | undefined
  let workerEndedAt: number | undefined
  try {
    await fetchInputs(run.task, directory.inputs, signal, { progress: progress('fetch') })
    signal.throwIfAborted()
    workerStartedAt = clock.now()
    const worker = startWorker({
      command: localCommand(step),
      directory: run.workerDirectory,
      environment: { ...step.environment, ...run.secrets, ...ownVariables(run) },
      logFile: directory.log('worker'),
    })
    run.started(worker)
    // At once: a worker whose id is not noted outlives a service that is killed.
    if (worker.pid !== undefined) notePid(directory, worker.pid)
    crash('worker-started')
    note({ phase: 'running', workerStartedAt })
    const end = await worker.ended
    if (end.kind !== 'exit' || end.code !== 0)
      return note({ ...failedWorker(end), workerStartedAt, workerEndedAt: clock.now() })
    workerEndedAt = clock.now()
    note({ phase: 'storing', workerStartedAt, workerEndedAt })
    await uploadOutputs(run.task, directory.outputs, signal, { progress: progress('upload') })
    return note({ phase: 'stored', workerStartedAt, workerEndedAt })
  } catch (error) {
    return note({
      ...failedSidecar(error, workerStartedAt, directory),
      ...(workerEndedAt === undefined ? {} : { workerEndedAt }),
    })
  }
}

function ownVariables({ directory, plan }: AttemptRun): Record<string, string> {
  return {
    INPUT_DIR: directory.inputs,
    OUTPUT_DIR: directory.outputs,
    JOB_ID: plan.ref.jobId,
    HOME: directory.scratch,
    TMPDIR: directory.scratch,
  }
}

/** The command a worker has for this backend. */
export function localCommand(step: Step): readonly [string, ...string[]] {
  const [program, ...parameters] = step.worker.local?.command ?? []
  if (program === undefined) {
    throw new LaunchRefused({
      cause: 'backend-error',
      message: 'The asset has no worker.local, so the local backend cannot run it.',
    })
  }
  return [program, ...parameters]
}

/**
 * The directory in which a worker runs: `worker.local.directory` below the asset's own folder.
 * @throws LaunchRefused where it lies outside, or is none
 */
export async function workerDirectory(assetsRoot: string, plan: Plan): Promise<string> {
  const own = resolve(assetsRoot, plan.assetId)
  const directory = resolve(own, plan.steps[0].worker.local?.directory ?? '.')
  if (directory !== own && !directory.startsWith(own + sep)) {
    throw new LaunchRefused({ cause: 'backend-error', message: `worker.local.directory lies outside ${own}.` })
  }
  const found = await stat(directory).catch(() => undefined)
  if (found?.isDirectory() === true) return directory
  throw new LaunchRefused({
    cause: 'backend-error',
    message: `There is no folder ${directory} for the worker; see DSC_LOCAL_ASSETS and worker.local.directory.`,
  })
}

type Failed = Extract<StepObservation, { phase: 'failed' }>

function failedWorker(end: WorkerEnd): Failed {
  switch (end.kind) {
    case 'exit':
      return {
        phase: 'failed',
        container: 'worker',
        failure: { cause: 'exit-code', message: `The worker exited with ${end.code}.`, exitCode: end.code },
      }
    case 'signal':
      return {
        phase: 'failed',
        container: 'worker',
        failure: { cause: 'exit-code', message: `The worker was ended by ${end.signal}.` },
      }
    case 'not-started':
      return {
        phase: 'failed',
        container: 'worker',
        failure: { cause: 'invalid-image', message: `The worker’s command cannot be started: ${end.reason}.` },
      }
  }
}

function failedSidecar(error: unknown, workerStartedAt: number | undefined, directory: AttemptDirectory): Failed {
  const container = workerStartedAt === undefined ? 'fetch' : 'upload'
  const message = error instanceof Error ? error.message : String(error)
  appendFileSync(directory.log(container), `${message}\n`)
  return {
    phase: 'failed',
    container,
    failure: failureFrom(error, message),
    ...(workerStartedAt === undefined ? {} : { workerStartedAt }),
  }
}

function failureFrom(error: unknown, message: string): Failure {
  if (error instanceof LaunchRefused) return error.failure
  return error instanceof SidecarFailure ? error.report() : { cause: 'backend-error', message }
}
