import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { loadConnectors } from '../config/connectors.ts'
import { loadSettings } from '../config/load.ts'
import { jsonLogger } from './logger.ts'
import { makeBackend, makeObjectStore } from './make-parts.ts'
import { type Service, startService } from './service.ts'
import { openSqliteStore } from './stores/sqlite.ts'

/** File with settings in the working directory, read where it exists; the environment wins over it. */
const settingsFile = '.env'

async function main(): Promise<void> {
  const settings = loadSettings(process.env, existsSync(settingsFile) ? readFileSync(settingsFile, 'utf8') : '')
  const connectors = loadConnectors(settings.DSC_CONNECTORS_FILE)
  const logger = jsonLogger(settings.DSC_LOG_LEVEL)
  const clock = { now: Date.now }
  const ids = { next: randomUUID }
  const objects = await makeObjectStore(settings)
  const backend = await makeBackend(settings, objects, clock, logger)
  const store = openSqliteStore(settings.DSC_DATABASE, ids)
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
  const text = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${text}\n`)
  process.exit(1)
}

main().catch(fail)
