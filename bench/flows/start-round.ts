import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { registerAssetFolder } from '../../demo/register-asset.ts'
import { assertKept } from '../accepts/assert-kept.ts'
import { assetId, writePatientAsset } from '../accepts/patient-asset.ts'
import { type Message, postMessages } from '../accepts/post-messages.ts'
import { databaseName, startServiceProcess } from '../frame/service-process.ts'

/** How the starts of a round went. */
export interface Started {
  /** Milliseconds until each answer, one request after the other. */
  readonly alone: readonly number[]
  /** Milliseconds until each answer, all lanes full. */
  readonly together: readonly number[]
  /** With all lanes full. */
  readonly perSecond: number
}

/** Nothing listens there: no callback is owed for a synchronous start. */
const signalingUrl = 'http://127.0.0.1:1/api/signaling'

/** A message as they are, to measure the disk with. */
export const sampleMessage = startMessage()

const answerSchema = z.looseObject({
  state: z.literal('STARTED'),
  dataAddress: z.looseObject({
    endpoint: z.url(),
    endpointProperties: z.array(z.looseObject({ name: z.string(), value: z.string() })).min(1),
  }),
})

/** Starts a service on an empty database, has flows under way, and starts further ones. */
export async function startRound({
  folder,
  count,
  underWay,
}: {
  readonly folder: string
  readonly count: number
  readonly underWay: number
}): Promise<Started> {
  await writePatientAsset(join(folder, 'assets', assetId), { transfers: ['pull-sync'], jobsPerAgreement: 1 })
  const service = await startServiceProcess({
    folder,
    connector: { dialect: 'data-plane-signaling', signalingUrl, register: false },
    environment: {
      DSC_BACKEND: 'local',
      DSC_LOCAL_ASSETS: join(folder, 'assets'),
      DSC_LOCAL_DIRECTORY: join(folder, 'work'),
      DSC_OBJECT_STORE: 'directory',
      DSC_OBJECT_DIRECTORY: join(folder, 'objects'),
      // All of them wait for the one slot; with less room most would be refused, and their ends be told to nobody.
      DSC_CONSUMER_QUEUED_JOBS: '100000',
    },
  })
  try {
    await registerAssetFolder(service.adminUrl, join(folder, 'assets', assetId))
    const url = `${service.publicUrl}/dataplanes/provider/dataflows/start`
    const messages = (some: number): Message[] => Array.from({ length: some }, () => ({ url, body: startMessage() }))
    await postMessages(messages(underWay), 16, problemOf)
    const alone = await postMessages(messages(count), 1, problemOf)
    const together = await postMessages(messages(count), underWay, problemOf)
    assertKept(join(folder, databaseName), underWay + 2 * count)
    return {
      alone: alone.latencies,
      together: together.latencies,
      perSecond: count / (together.milliseconds / 1000),
    }
  } finally {
    await service.stop()
  }
}

function problemOf(text: string): string | undefined {
  const read = answerSchema.safeParse(JSON.parse(text))
  return read.success ? undefined : z.prettifyError(read.error)
}

/** A start as EDC 0.18 sends it. */
function startMessage(): string {
  return JSON.stringify({
    messageId: randomUUID(),
    participantId: 'provider',
    counterPartyId: 'consumer',
    dataspaceContext: 'dataspace-protocol-http:2025-1',
    processId: randomUUID(),
    agreementId: randomUUID(),
    datasetId: assetId,
    callbackAddress: signalingUrl,
    transferType: 'Compute-PULL',
    labels: [],
    metadata: {},
    claims: { client_id: 'consumer' },
  })
}
