// Runs the demo's job in a process of its own, as `npm run demo` does, several times one after the other, and prints how long each
// took from the provision request to the callback, in milliseconds, as JSON. usage: demo-jobs.ts COUNT
import { subscribe } from 'node:diagnostics_channel'
import { join } from 'node:path'
import { z } from 'zod'
import type { Logger } from '../../core/ports/logger.ts'
import { registerAssetFolder } from '../../demo/register-asset.ts'
import { assetsFolder, startStage } from '../../demo/start.ts'

const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined }
const started = z.object({ request: z.object({ method: z.string(), url: z.string() }) })

/** When the messages of a job arrived, by `performance.now()`; the demo's connector and service share this process. */
let asked = 0
let calledBack: ((at: number) => void) | undefined
subscribe('http.server.request.start', (message) => {
  const { request } = started.parse(message)
  if (request.method !== 'POST') return
  if (request.url === '/connectors/provider/provision') asked = performance.now()
  if (/\/callback\/[^/]+\/provision$/.test(request.url)) calledBack?.(performance.now())
})

const stage = await startStage('local', silent, {})
try {
  await registerAssetFolder(stage.service.adminUrl, join(assetsFolder, 'word-count'))
  const took: number[] = []
  for (let number = 0; number < Number(process.argv[2]); number++) {
    const { promise, resolve } = Promise.withResolvers<number>()
    calledBack = resolve
    const { consumerTransferId } = stage.connector.request('word-count', {})
    const at = await promise
    took.push(at - asked)
    await stage.connector.started(consumerTransferId) // rejects where the job did not end well
  }
  process.stdout.write(JSON.stringify(took))
} finally {
  await stage.close()
}
