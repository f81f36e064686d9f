import { parseArgs } from 'node:util'
import { asFailure, reasonOf, SidecarFailure } from './failure.ts'
import { readTask } from './read-task.ts'
import { writeReport } from './report.ts'

const usage = 'main.js fetch|upload [--task FILE] [--directory DIRECTORY] [--report FILE]'
const progress = (line: string) => process.stdout.write(`${line}\n`)

/** Does one half of the sidecar's work; what it needs is loaded only then, because the other half would be loaded for nothing. */
async function run(command: string | undefined, task: string, directory: string | undefined): Promise<void> {
  const stop = new AbortController()
  // As the first process of a container we are sent no signal that we do not ask for.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
  switch (command) {
    case 'fetch': {
      const { fetchInputs } = await import('./fetch/fetch-inputs.ts')
      await fetchInputs(await readTask(task), directory ?? '/inputs', stop.signal, { progress })
      return
    }
    case 'upload': {
      const { uploadOutputs } = await import('./upload/upload-outputs.ts')
      await uploadOutputs(await readTask(task), directory ?? '/outputs', stop.signal, { progress })
      return
    }
    default:
      throw new SidecarFailure('backend-error', `There is no command ${JSON.stringify(command)}: ${usage}.`)
  }
}

let report = '/dev/termination-log'
try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      task: { type: 'string', default: '/var/run/dataspace-compute/task.json' },
      directory: { type: 'string' },
      report: { type: 'string', default: report },
    },
  })
  report = values.report
  await run(positionals[0], values.task, values.directory)
} catch (error) {
  const failure = asFailure(error, 'backend-error')
  process.stderr.write(`${failure.code}: ${failure.message}\n`)
  process.exitCode = 1
  await writeReport(report, failure.report()).catch((trouble: unknown) => {
    process.stderr.write(`no report could be left at ${report}: ${reasonOf(trouble)}\n`)
  })
}
