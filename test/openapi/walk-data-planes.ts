import { randomUUID } from 'node:crypto'
import type { SignalingSettings } from '../../config/signaling.ts'
import { computeAsset, register } from '../http/forms.ts'
import { secrets, type Stage, writeWorker } from '../http/stage.ts'

const common: Omit<SignalingSettings, 'id' | 'form'> = {
  dialect: 'data-plane-signaling',
  dataPlaneId: 'compute',
  signalingUrl: 'http://127.0.0.1:9/signaling',
  callbackAddresses: [],
  profiles: [
    { name: 'Compute-PULL', start: 'async' },
    { name: 'Now-PULL', start: 'sync' },
  ],
  sourceTypes: ['ComputeAsset'],
  labels: [],
  tokens: {},
  strict: false,
}

/** Control planes that are never there, in both forms, with a secret and without. */
export const walkedControlPlanes: readonly SignalingSettings[] = (['plain', 'json-ld'] as const).flatMap((form) => [
  { ...common, id: `open-${form}`, form },
  { ...common, id: `shut-${form}`, form, secret: secrets.pathSecret },
])

/** Everything that a control plane can have done to our data plane, and what the address of a flow answers before its job is over. */
export async function walkDataPlanes(stage: Stage): Promise<void> {
  await writeWorker(stage, 'flowing', 'setInterval(() => 0, 1000)')
  await register(stage.adminUrl, { asset: computeAsset('flowing', { transfers: ['pull', 'pull-sync'] }) })
  for (const place of ['open', 'shut'] as const) {
    const end = place === 'open' ? '' : `/${secrets.pathSecret}`
    await walkPlain(stage, `${stage.publicUrl}/dataplanes/${place}-plain${end}/dataflows`)
    await walkJsonLd(`${stage.publicUrl}/dataplanes/${place}-json-ld${end}/dataflows`)
  }
}

async function walkPlain(stage: Stage, url: string): Promise<void> {
  const [processId, other, received] = [randomUUID(), randomUUID(), randomUUID()]
  await post(`${url}/start`, message(processId, 'Compute-PULL'))
  await post(`${url}/start`, message(other, 'Now-PULL'))
  const connectorId = url.includes('/open-') ? 'open-plain' : 'shut-plain'
  const [transfer] = await stage.store.transfersOfProcess(connectorId, other)
  const status = (await post(`${url}/${other}/resume`, { messageId: 'm' })) as {
    dataAddress?: { endpointProperties: readonly { name: string; value: string }[] }
  }
  const token = status.dataAddress?.endpointProperties.find(({ name }) => name === 'authorization')?.value ?? ''
  const headers = { Authorization: `Bearer ${token}` }
  for (const method of ['GET', 'HEAD'])
    for (const below of ['', '/manifest.json', '/files.zip', '/files/sum.txt'])
      await fetch(`${stage.publicUrl}/results/${transfer?.id}${below}`, { method, headers })
  await post(`${url}/${other}/suspend`, { messageId: 'm' })
  await post(`${url}/${other}/resume`, { messageId: 'm' })
  await fetch(`${url}/${other}/status`)
  await post(`${url}/${other}/completed`, {})
  await post(`${url}/${processId}/terminate`, { messageId: 'm' })
  await post(`${url}/prepare`, message(received, 'Now-PULL'))
  await post(`${url}/${received}/started`, { messageId: 'm', dataAddress: source })
  await post(`${url}/${received}/terminate`, { messageId: 'm' })
}

async function walkJsonLd(url: string): Promise<void> {
  const processId = randomUUID()
  const start = {
    '@context': { '@vocab': 'https://w3id.org/edc/v0.0.1/ns/' },
    '@type': 'DataFlowStartMessage',
    processId,
    agreementId: 'agreement',
    datasetId: 'flowing',
    participantId: 'consumer',
    flowType: 'PULL',
    transferTypeDestination: 'Now',
    callbackAddress: common.signalingUrl,
  }
  await post(url, start)
  await fetch(`${url}/check`)
  await fetch(`${url}/${processId}/state`)
  await post(`${url}/${processId}/suspend`, { '@type': 'DataFlowSuspendMessage' })
  await post(`${url}/${processId}/terminate`, { '@type': 'DataFlowTerminateMessage' })
}

const source = {
  endpointType: 'HttpData',
  endpoint: 'https://provider.example/result',
  endpointProperties: [{ name: 'authorization', value: 'token' }],
}

function message(processId: string, profile: string): object {
  return {
    messageId: randomUUID(),
    participantId: 'provider',
    counterPartyId: 'consumer',
    dataspaceContext: 'dataspace-protocol-http:2025-1',
    processId,
    agreementId: 'agreement',
    datasetId: 'flowing',
    profile,
    claims: {},
  }
}

async function post(url: string, body: unknown): Promise<unknown> {
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`)
  return text === '' ? undefined : (JSON.parse(text) as unknown)
}
