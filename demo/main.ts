import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { z } from 'zod'
import { fetchResult } from './fetch-result.ts'
import { narrator } from './narrator.ts'
import { type DemoOptions, readOptions, UsageError, usage } from './options.ts'
import { registerAssetFolder } from './register-asset.ts'
import { showRendered } from './show-rendered.ts'
import { assetsFolder, type Stage, startStage } from './start.ts'
import { type Timeline, timeline } from './timeline.ts'

/** What of a failed job is shown. */
const failedJob = z.looseObject({
  failure: z.looseObject({
    cause: z.string(),
    title: z.string(),
    message: z.string(),
    hint: z.string(),
    exitCode: z.number().optional(),
    lastLogLines: z.array(z.string()).default([]),
  }),
})

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === undefined) {
    process.stdout.write(usage)
    return
  }
  if (!existsSync(join(assetsFolder, options.asset)))
    throw new UsageError(`There is no example ${options.asset}; there are ${readdirSync(assetsFolder).join(', ')}.`)
  const show = timeline(process.stdout, () => performance.now())
  if (options.backend === 'local')
    show.line(
      'The local backend runs workers as processes of this machine and isolates nothing from them: for development only.\n',
    )
  const stage = await startStage(options.backend, narrator(show), process.env)
  try {
    show.step(
      `service on ${stage.service.publicUrl} (public) and ${stage.service.adminUrl} (admin); simulated connector on ${stage.connector.providerManagement}`,
    )
    await run(options, stage, show)
    if (options.keep) await keep(stage, show)
  } finally {
    await stage.close()
  }
  show.line(`\nTry next: ${nextStep(options)}`)
}

async function run(
  options: DemoOptions,
  { service, connector, settings, store }: Stage,
  show: Timeline,
): Promise<void> {
  const { id, version } = await registerAssetFolder(service.adminUrl, join(assetsFolder, options.asset))
  show.step(`compute asset ${id} ${version} registered`)
  const { consumerTransferId } = connector.request(id, options.parameters)
  const parameters = Object.entries(options.parameters).map(([name, value]) => `${name}=${value}`)
  show.step(
    `consumer started a transfer under its agreement${parameters.length === 0 ? '' : ` with ${parameters.join(', ')}`}`,
  )
  const outcome = await connector.started(consumerTransferId).catch(() => undefined)
  show.step(`consumer’s transfer process is ${connector.transfer('consumer', consumerTransferId).state}`)
  const jobs = z
    .object({ jobs: z.array(z.looseObject({ id: z.string() })) })
    .parse(await getJson(`${service.adminUrl}/api/v1/jobs?limit=1`))
  const jobId = jobs.jobs[0]?.id ?? ''
  await showRendered(
    store,
    settings.DSC_KUBERNETES_NAMESPACE,
    settings.DSC_SIDECAR_IMAGE ?? 'dataspace-compute-sidecar',
    jobId,
    show,
  )
  if (outcome === undefined)
    await showFailure(service.adminUrl, jobId, connector.transfer('consumer', consumerTransferId).state, show)
  else {
    show.heading('The result, pulled through the provider’s data plane')
    await fetchResult(outcome, show)
  }
}

async function showFailure(adminUrl: string, jobId: string, consumerState: string, show: Timeline): Promise<void> {
  const { failure } = failedJob.parse(await getJson(`${adminUrl}/api/v1/jobs/${jobId}`))
  show.heading('What the provider sees (GET /api/v1/jobs/<id>)')
  show.block(`cause      ${failure.cause}: ${failure.title}`)
  show.block(`message    ${failure.message}`)
  show.block(`hint       ${failure.hint}`)
  show.block(`last lines\n${failure.lastLogLines.map((line) => `  ${line}`).join('\n')}`)
  show.heading('What the consumer sees')
  show.block(`its transfer process is ${consumerState}; EDC 0.10 does not carry the reason over`)
}

async function getJson(url: string): Promise<unknown> {
  return (await fetch(url)).json()
}

async function keep(stage: Stage, show: Timeline): Promise<void> {
  show.heading('Still running; end it with Ctrl-C')
  show.block(`admin API        ${stage.service.adminUrl}/api/v1/jobs`)
  show.block(`public listener  ${stage.service.publicUrl}`)
  show.block(`connector        ${stage.connector.providerManagement} (key ${stage.connector.providerKey})`)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
}

function nextStep({ called, asset, parameters, fail }: DemoOptions): string {
  if (fail) return `${called} --asset linear-regression --param EPOCHS=50`
  if (asset === 'word-count' && Object.keys(parameters).length === 0)
    return `change ${relative(process.cwd(), join(assetsFolder, asset, 'count.mjs'))} and run again, or: ${called} --param TOP=3`
  if (asset === 'word-count') return `${called} --asset linear-regression --param EPOCHS=50`
  if (asset === 'linear-regression') return `${called} --asset parameter-sweep --param PANELS_SIZES=3`
  return `${called} --fail`
}

main().catch((error: unknown) => {
  const text =
    error instanceof UsageError
      ? `${error.message}\n\n${usage}`
      : error instanceof Error
        ? `${error.stack ?? error.message}\n`
        : `${String(error)}\n`
  process.stderr.write(text)
  process.exitCode = error instanceof UsageError ? 2 : 1
})
