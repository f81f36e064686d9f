import { randomUUID } from 'node:crypto'
import { loadConnectors } from '../../config/connectors.ts'
import { loadSettings } from '../../config/load.ts'
import { jsonLogger } from '../../entrypoint/logger.ts'
import { makeStore } from '../../entrypoint/make-parts.ts'
import { startService } from '../../entrypoint/service.ts'
import { instantBackend } from './instant-backend.ts'
import { readyResults } from './ready-results.ts'

// The service as entrypoint/main.ts starts it, but for backend and object store: those are stand-ins, so that what is measured is the service alone.

const settings = loadSettings(process.env)
const logger = jsonLogger(settings.DSC_LOG_LEVEL)
const ids = { next: randomUUID }
const { store, clock } = await makeStore(settings, ids, logger)
const service = await startService({
  settings,
  connectors: loadConnectors(settings.DSC_CONNECTORS_FILE),
  store,
  backend: instantBackend(),
  objects: readyResults(),
  clock,
  ids,
  logger,
})
process.once('SIGTERM', () => {
  service.close().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`)
      process.exit(1)
    },
  )
})
