import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { loadConnectors } from '../config/connectors.ts'
import { loadSettings, SettingsError } from '../config/load.ts'
import { problemsOfConnectors } from '../config/secret-rules.ts'
import { crashAt } from './crash-at.ts'
import { ServiceError } from '../core/errors.ts'
import { jsonLogger } from './logger.ts'
import { makeBackend, makeObjectStore, makeStore } from './make-parts.ts'
import { type Service, startService } from './service.ts'

/** File with settings in the working directory, read where it exists; the environment wins over it. */
const settingsFile = '.env'

async function main(): Promise<void> {
  const settings = loadSettings(process.env, existsSync(settingsFile) ? readFileSync(settingsFile, 'utf8') : '')
  const connectors = loadConnectors(settings.DSC_CONNECTORS_FILE)
  const weak = problemsOfConnectors(connectors, settings, settings.DSC_CONNECTORS_FILE)
  if (weak.length > 0) throw new SettingsError(weak)
  const logger = jsonLogger(settings.DSC_LOG_LEVEL)
  if (settings.DSC_CRASH_AT !== undefined) crashAt(settings.DSC_CRASH_AT)
  const ids = { next: randomUUID }
  const { store, clock } = await makeStore(settings, ids, logger)
  const objects = await makeObjectStore(settings)
  const backend = await makeBackend(settings, objects, clock, logger)
  const service = await startService({ settings, connectors, store, backend, objects, clock, ids, logger })
  endOnSignals(service)
}

/** The first signal ends the service in good order, a second one at once. */
function endOnSignals(service: Service): void {
  let asked = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (asked) process.exit(1)
      asked = true
      service.close().then(
        () => process.exit(0),
        (error: unknown) => fail(error),
      )
    })
  }
}

function fail(error: unknown): never {
  const because = error instanceof ServiceError && error.cause instanceof Error ? ` (${error.cause.message})` : ''
  const text = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${text}${because}\n`)
  process.exit(1)
}

main().catch(fail)
