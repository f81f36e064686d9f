import { readAsset } from '../../core/asset/read.ts'
import type { RegisteredAsset } from '../../core/job/plan.ts'
import { DataPlaneError } from '../../dps/data-plane.ts'
import { jsonLdForm } from '../../dps/json-ld/form.ts'
import { plainForm } from '../../dps/server/plain-form.ts'
import { readStart } from '../../entrypoint/connectors/data-plane-signaling/read-start.ts'
import { readParameters } from '../../entrypoint/engine/verify.ts'
import { leastAsset } from '../support/example-asset.ts'
import { type FuzzTarget, jsonOr, must, unlessRefused, unlessRefusedLater } from './fuzz.ts'

const signalingUrl = 'http://cp:19182/api/signaling'
const parameters = {
  type: 'object',
  properties: { TOP: { type: 'integer', minimum: 1, maximum: 9 }, NAME: { type: 'string', maxLength: 8 } },
  additionalProperties: false,
}
const document = { ...leastAsset, parameters, transfers: ['pull', 'pull-sync', 'push'] }
const registered: RegisteredAsset = { ...readAsset(document, undefined, { allowTags: false }), bundled: {} }
const start = {
  messageId: 'm',
  participantId: 'provider',
  counterPartyId: 'consumer',
  processId: 'tp-1',
  agreementId: 'agreement',
  datasetId: 'sum',
  callbackAddress: signalingUrl,
  transferType: 'Compute-PULL',
  claims: { client_id: 'consumer' },
  dataAddress: {
    '@type': 'DataAddress',
    endpointType: 'ComputeInput',
    endpoint: null,
    endpointProperties: [{ name: 'https://w3id.org/edc/v0.0.1/ns/params', value: '{"TOP":3}' }],
  },
}

/** What control planes send to our data plane. */
export const signalingTargets: readonly FuzzTarget[] = [
  {
    parsers: ['entrypoint/connectors/data-plane-signaling/read-start.ts readStart'],
    seeds: [
      JSON.stringify(start),
      JSON.stringify({ ...start, transferType: undefined, profile: 'Compute-PUSH', callbackAddress: null }),
    ],
    words: ['"profile":', 'Compute-Now-PULL', 'null', '"endpointProperties":[]', 'params', '{\\"TOP\\":', '__proto__'],
    async check(text) {
      const body = jsonOr(text)
      for (const form of [plainForm, jsonLdForm]) {
        const request = { method: 'POST', path: '/dataflows/start', headers: {}, body }
        const reading = unlessRefused(() => form.read(request), DataPlaneError)
        if (reading?.is !== 'operation' || reading.operation.kind !== 'start') continue
        const { message } = reading.operation
        const settings = {
          signalingUrl,
          callbackAddresses: [],
          profiles: [
            { name: 'Compute-PULL' },
            { name: 'Compute-Now-PULL', start: 'sync' as const },
            { name: 'Compute-PUSH' },
          ],
          strict: false,
        }
        const newestAsset = async (id: string) => (id === 'sum' ? registered : undefined)
        const destinationProblem = (): undefined => undefined
        const flow = await unlessRefusedLater(
          () => readStart({ settings, newestAsset, destinationProblem }, message),
          DataPlaneError,
        )
        if (flow === undefined) continue
        const named = message.callbackAddress?.replace(/\/+$/, '') ?? signalingUrl
        must(named === signalingUrl, 'callbacks of another address were taken')
        must(flow.consumerId !== '' && flow.agreementId !== '', 'a flow for nobody')
        must(flow.type === 'pull' || flow.destination !== undefined, 'a push to nowhere')
        must(readParameters(registered, flow.parameters).ok, 'parameters that cannot be used')
      }
    },
  },
  {
    parsers: ['entrypoint/engine/verify.ts readParameters'],
    seeds: ['{"TOP":3}', '{"TOP":9,"NAME":"a"}', '{}', 'null'],
    words: ['TOP', 'NAME', '"', ':', '1e3', '[', '{', '__proto__', 'constructor'],
    check(text) {
      const read = readParameters(registered, text)
      if (!read.ok) return
      const names = Object.keys(read.environment)
      must(
        names.every((name) => name === 'TOP' || name === 'NAME'),
        `an environment variable that nobody declared: ${names.join(', ')}`,
      )
    },
  },
]
