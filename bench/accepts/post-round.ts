import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { registerAssetFolder } from '../../demo/register-asset.ts'
import { provisionRequest } from '../../demo/simulated-connector/recordings.ts'
import { startPlainConnector } from '../frame/plain-connector.ts'
import { startServiceProcess } from '../frame/service-process.ts'
import { assetId, writePatientAsset } from './patient-asset.ts'
import { type Message, postMessages } from './post-messages.ts'

const inFlight = 32

/** What one round of messages is. */
export interface PostRound {
  readonly folder: string
  readonly count: number
  /** Of the service, where its database is not the SQLite file in its folder. */
  readonly environment: Readonly<Record<string, string>>
  /** Called while the service still runs. @throws Error where its database holds another number of jobs */
  readonly assertKept: (expected: number) => Promise<void>
}

/** How fast the messages of a round were answered for. */
export interface Posted {
  readonly perSecond: number
  /** Milliseconds. */
  readonly latencies: readonly number[]
}

/** A message as they are, to measure the disk with. */
export const sampleMessage = provision('http://127.0.0.1:1/management')

/** Starts a service on an empty database and sends it messages, each about a transfer of its own. */
export async function postRound({ folder, count, environment, assertKept }: PostRound): Promise<Posted> {
  await writePatientAsset(join(folder, 'assets', assetId), { jobsPerAgreement: 1 })
  const connector = await startPlainConnector(assetId)
  try {
    const { managementUrl, apiKey } = connector
    const service = await startServiceProcess({
      folder,
      connector: { managementUrl, apiKey },
      environment: {
        DSC_BACKEND: 'local',
        DSC_LOCAL_ASSETS: join(folder, 'assets'),
        DSC_LOCAL_DIRECTORY: join(folder, 'work'),
        DSC_OBJECT_STORE: 'directory',
        DSC_OBJECT_DIRECTORY: join(folder, 'objects'),
        ...environment,
      },
    })
    try {
      await registerAssetFolder(service.adminUrl, join(folder, 'assets', assetId))
      const url = `${service.publicUrl}/connectors/provider/provision`
      const messages = (some: number): Message[] =>
        Array.from({ length: some }, () => ({ url, body: provision(managementUrl) }))
      const warmUp = Math.min(200, count)
      await postMessages(messages(warmUp), inFlight)
      const { latencies, milliseconds } = await postMessages(messages(count), inFlight)
      await assertKept(warmUp + count)
      return { perSecond: count / (milliseconds / 1000), latencies }
    } finally {
      await service.stop()
    }
  } finally {
    await connector.close()
  }
}

function provision(managementUrl: string): string {
  const ids = { providerTransferId: randomUUID(), resourceDefinitionId: randomUUID() }
  return JSON.stringify(provisionRequest({ assetId, callbackAddress: `${managementUrl}/callback`, ...ids }))
}
