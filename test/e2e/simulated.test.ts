import test from 'ava'
import { simulatedConnector } from '../support/simulated-connector.ts'
import { Dataspace } from '../support/dataspace.ts'
import { projectRoot, startEntrypoint } from '../support/entrypoint.ts'
import {
  exitThree,
  offerExamples,
  oneFile,
  type Scene,
  severalFiles,
  terminatedByConsumer,
  wrongParameters,
} from './scenario.ts'

// The same scenes as on the real parts, on Node alone: simulated connector, local backend, directory store.

let scene: Scene
let close: (() => Promise<void>) | undefined

test.before(async () => {
  const connector = await simulatedConnector()
  const entrypoint = await startEntrypoint({
    publicPort: 0,
    connector: { managementUrl: connector.providerManagement, apiKey: connector.providerKey },
    environment: {
      DSC_BACKEND: 'local',
      DSC_OBJECT_STORE: 'directory',
      DSC_OBJECT_DIRECTORY: 'objects',
      DSC_LOCAL_DIRECTORY: 'work',
      DSC_LOCAL_ASSETS: `${projectRoot}/config/assets`,
    },
  })
  const address = `${entrypoint.publicUrl}/connectors/provider`
  connector.serviceAt({ provisionUrl: `${address}/provision`, eventsUrl: `${address}/events` })
  scene = { dataspace: new Dataspace(connector), entrypoint, idOf: (example) => example }
  close = async () => {
    await entrypoint.close()
    await connector.close()
  }
  await offerExamples(scene)
})

test.after.always(() => close?.())

test('one file, with parameters', (t) => oneFile(t, scene))
test('several files, read by path', (t) => severalFiles(t, scene))
test('wrong parameters end the transfer', (t) => wrongParameters(t, scene))
test('the worker exits with 3', (t) => exitThree(t, scene))
test('the consumer ends its transfer', (t) => terminatedByConsumer(t, scene))
