import type { Profile, SignalingSettings } from '../../../config/signaling.ts'
import type { RegisteredAsset } from '../../../core/job/plan.ts'
import type { Destination, Flow, FlowMode } from '../../../core/transfer/flow.ts'
import { type DataAddress, DataPlaneError, type FlowMessage } from '../../../dps/data-plane.ts'
import { readParameters } from '../../engine/verify.ts'
import { modesOf, offeredMode, transferOf } from './transfer-modes.ts'

/** What a start is judged by. */
export interface StartRules {
  readonly settings: Pick<SignalingSettings, 'signalingUrl' | 'callbackAddresses' | 'profiles' | 'strict'>
  /** The newest enabled version of an asset. */
  readonly newestAsset: (id: string) => Promise<RegisteredAsset | undefined>
  /** Why a result cannot be pushed there, for the consumer to read; `undefined` where it can. */
  readonly destinationProblem: (destination: Destination) => string | undefined
}

/** Longest id that is kept, in characters. */
const longestId = 512

/**
 * Makes a data flow of a start, after everything that can be judged at once was: the asset, how it is offered, parameters, destination.
 * @throws DataPlaneError 422, for the consumer to read
 */
export async function readStart(rules: StartRules, message: FlowMessage): Promise<Flow> {
  checkCallbackAddress(rules.settings, message.callbackAddress)
  for (const [name, value] of [
    ['processId', message.processId],
    ['agreementId', message.agreementId],
    ['counterPartyId', message.counterPartyId ?? ''],
  ] as const)
    if (value.length > longestId) throw refused('invalid-message', `${name} is longer than ${longestId} characters.`)
  const registered = await rules.newestAsset(message.datasetId)
  if (registered === undefined)
    throw refused('asset-unknown', `No compute asset ${JSON.stringify(message.datasetId)} is offered here.`)
  const mode = modeOf(rules.settings.profiles, message.profile, registered)
  const parameters = message.dataAddress?.properties['params']
  const read = readParameters(registered, parameters)
  if (!read.ok) throw refused('invalid-parameters', `The parameters cannot be used: ${read.message}`)
  const { messageId, agreementId, counterPartyId, participantId, profile } = message
  if (counterPartyId === undefined)
    throw refused('invalid-message', 'The message does not say for whom it is: counterPartyId is missing.')
  const destination = mode.type === 'push' ? destinationOf(rules, message.dataAddress) : undefined
  if (mode.type === 'pull' && rules.settings.strict && message.dataAddress !== undefined)
    throw refused('needless-address', 'A pull is started without a data address.')
  return {
    ...mode,
    messageId,
    agreementId,
    consumerId: counterPartyId,
    profile,
    ...(participantId === undefined ? {} : { participantId }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(destination === undefined ? {} : { destination }),
  }
}

/** Callbacks go to the configured address only; a message that names another one is not from the control plane that we know. */
function checkCallbackAddress(
  { signalingUrl, callbackAddresses }: StartRules['settings'],
  named: string | undefined,
): void {
  if (named === undefined) return
  const plain = named.replace(/\/+$/, '')
  if (plain === signalingUrl || callbackAddresses.includes(plain)) return
  throw refused(
    'foreign-callback-address',
    'The callback address in the message is not one that is configured for this control plane.',
  )
}

/** How the flow goes: by the name that was asked for, and by what the asset offers. */
function modeOf(profiles: readonly Profile[], asked: string, { asset }: RegisteredAsset): FlowMode {
  const profile = profiles.find(({ name }) => name === asked)
  const modes = profile === undefined ? [] : modesOf(profile)
  if (profile === undefined || modes.length === 0)
    throw refused('profile-unknown', `The transfer type ${JSON.stringify(asked)} is not served here.`)
  const mode = offeredMode(profile, asset)
  if (mode !== undefined) return mode
  const wanted = modes.map(transferOf).join(' or ')
  throw refused(
    'mode-not-offered',
    `The compute asset ${asset.metadata.id} does not offer ${wanted}; it offers ${asset.transfers.join(', ')}.`,
  )
}

function destinationOf({ destinationProblem }: StartRules, address: DataAddress | undefined): Destination {
  if (address === undefined)
    throw refused('invalid-destination', 'A push needs the data address to which the result is to go.')
  const problem = destinationProblem(address)
  if (problem !== undefined) throw refused('invalid-destination', problem)
  return address
}

function refused(code: string, message: string): DataPlaneError {
  return new DataPlaneError(422, code, message)
}
