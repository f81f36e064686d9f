import { parseArgs } from 'node:util'
import { asFailure, reasonOf, SidecarFailure } from './failure.ts'
import { readTask } from './read-task.ts'
import { writeReport } from './report.ts'

const usage =
  'main.js fetch|gate|upload [--task FILE] [--directory DIRECTORY] [--report FILE] [--closed HOST:PORT]… [--reached HOST:PORT]… [--open HOST:PORT] [--limit SECONDS]'
const progress = (line: string) => process.stdout.write(`${line}\n`)

interface Options {
  readonly task: string
  readonly directory?: string
  /** Addresses that must be closed before the worker may start; see gate/. */
  readonly closed: readonly string[]
  /** Addresses that must be reached meanwhile: what reaches nothing at all proves nothing. */
  readonly reached: readonly string[]
  /** A label that this pod must have before that counts, and the file that tells. */
  readonly label?: string
  readonly labels: string
  /** An address that must be open before the upload begins. */
  readonly open?: string
  /** How long a gate waits, in seconds. */
  readonly limit: string
}

/** Does one part of the sidecar's work; what it needs is loaded only then, because the other parts would be loaded for nothing. */
async function run(command: string | undefined, options: Options): Promise<void> {
  const { task, directory } = options
  const stop = new AbortController()
  // As the first process of a container we are sent no signal that we do not ask for.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
  switch (command) {
    case 'fetch': {
      const { fetchInputs } = await import('./fetch/fetch-inputs.ts')
      const isGated = options.closed.length + options.reached.length > 0
      const read = await readTask(task)
      try {
        await Promise.all([
          fetchInputs(read, directory ?? '/inputs', stop.signal, { progress }),
          ...(isGated ? [gate(options, stop.signal)] : []),
        ])
      } finally {
        // Where one fails the other has nothing left to do.
        stop.abort()
      }
      return
    }
    case 'gate':
      await gate(options, stop.signal)
      // Where names are closed, a question that nobody answers would keep us for as long as the resolver asks again.
      return process.exit()
    case 'upload': {
      const { uploadOutputs } = await import('./upload/upload-outputs.ts')
      if (options.open !== undefined) {
        const { untilOpen, usualTimes } = await import('./gate/gate.ts')
        const { parseTarget } = await import('./gate/target.ts')
        await untilOpen(parseTarget(options.open), usualTimes, stop.signal)
      }
      await uploadOutputs(await readTask(task), directory ?? '/outputs', stop.signal, { progress })
      return
    }
    default:
      throw new SidecarFailure('backend-error', `There is no command ${JSON.stringify(command)}: ${usage}.`)
  }
}

async function gate({ closed, reached, limit, label, labels }: Options, signal: AbortSignal): Promise<void> {
  const { untilClosed, usualTimes } = await import('./gate/gate.ts')
  const { parseTarget } = await import('./gate/target.ts')
  const watched = { closed: closed.map(parseTarget), reached: reached.map(parseTarget) }
  const begun = performance.now()
  await untilClosed(watched, { ...usualTimes, limitMs: Number(limit) * 1000 }, signal, {
    label: label === undefined ? undefined : { path: labels, label },
  })
  const shown = [`reached: ${reached.join(', ') || 'nothing'}`, `closed: ${closed.join(', ') || 'nothing'}`]
  progress(`${shown.join('; ')}; ${Math.round(performance.now() - begun)} ms`)
}

let report = '/dev/termination-log'
try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      task: { type: 'string', default: '/var/run/dataspace-compute/task.json' },
      directory: { type: 'string' },
      report: { type: 'string', default: report },
      closed: { type: 'string', multiple: true, default: [] },
      reached: { type: 'string', multiple: true, default: [] },
      open: { type: 'string' },
      label: { type: 'string' },
      labels: { type: 'string', default: '/etc/podinfo/labels' },
      limit: { type: 'string', default: '60' },
    },
  })
  report = values.report
  await run(positionals[0], values)
} catch (error) {
  const failure = asFailure(error, 'backend-error')
  process.stderr.write(`${failure.code}: ${failure.message}\n`)
  process.exitCode = 1
  await writeReport(report, failure.report()).catch((trouble: unknown) => {
    process.stderr.write(`no report could be left at ${report}: ${reasonOf(trouble)}\n`)
  })
}
