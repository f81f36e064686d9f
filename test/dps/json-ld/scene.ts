import { randomBytes } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { z } from 'zod'
import type { ControlPlane } from '../../../dps/client/control-plane.ts'
import type { Registration } from '../../../dps/client/registration.ts'
import { controlApi } from '../../../dps/json-ld/control-api.ts'
import { type DataPlaneInstance, selector } from '../../../dps/json-ld/selector.ts'
import { Dataspace } from '../../support/dataspace.ts'
import { eventually } from '../../support/eventually.ts'
import { type Testbed, testOnTestbed } from '../../support/testbed.ts'
import { type EdcVersion, edcVersions, type JsonLdControlPlane, startJsonLdControlPlane } from './control-plane.ts'
import { type SmallDataPlane, startSmallDataPlane } from './small-data-plane.ts'

/** A small data plane behind a real control plane that signals by JSON-LD, and a consumer. */
export interface Scene {
  readonly dataspace: Dataspace
  readonly dataPlane: SmallDataPlane
  /** As what the data plane is registered. */
  readonly instance: DataPlaneInstance
  readonly controlPlane: JsonLdControlPlane
  readonly registration: Registration
  /** What the data plane tells the control plane. */
  readonly notices: ControlPlane
  readonly assetId: string
}

/** Transfer types of the small data plane. */
export const transferTypes = ['HttpData-PULL', 'HttpData-PUSH', 'AmazonS3-PUSH'] as const

/** The same test on every version of EDC, or on those named. */
export function onEach(
  title: string,
  body: (t: ExecutionContext, scene: Scene) => Promise<void>,
  versions: readonly EdcVersion[] = edcVersions,
): void {
  for (const version of versions)
    testOnTestbed(`EDC ${version}: ${title}`, async (t, testbed) => body(t, await startScene(t, testbed, version)))
}

/** Starts data plane and control plane and registers the one with the other. */
async function startScene(t: ExecutionContext, testbed: Testbed, version: EdcVersion): Promise<Scene> {
  const controlPlane = await startJsonLdControlPlane(testbed, version)
  const dataPlane = await startSmallDataPlane()
  t.teardown(() => dataPlane.close())
  const dataPlaneId = `small-${process.pid}`
  const instance = { id: dataPlaneId, url: dataPlane.url, sourceTypes: [controlPlane.pair.addressType], transferTypes }
  const registration = registrationOf(controlPlane, instance)
  t.teardown(() => retire(controlPlane, dataPlaneId))
  const scene: Scene = {
    dataspace: new Dataspace(controlPlane.pair),
    dataPlane,
    instance,
    controlPlane,
    registration,
    notices: controlApi({ address: controlPlane.control }),
    assetId: `computed-${randomBytes(4).toString('hex')}`,
  }
  await available(scene, registration)
  await scene.dataspace.publish({ assetId: scene.assetId })
  return scene
}

/** The registration of a data plane: the module that takes it at the control API cannot be had for 0.10.0, which takes it at its Management API, too. */
export function registrationOf(
  { version, control, pair }: JsonLdControlPlane,
  dataPlane: DataPlaneInstance,
): Registration {
  return version === '0.10.0'
    ? selector({ address: `${pair.providerManagement}/v2`, headers: { 'x-api-key': pair.providerKey }, dataPlane })
    : selector({ address: `${control}/v1`, dataPlane })
}

/**
 * Takes a data plane back. EDC 0.10.0 cannot forget one (its module that can is not to be had), and its selector waits half a second for every
 * one that is away, in turn, until it gets to no other; so there it becomes one that always answers and serves nothing.
 */
export async function retire(controlPlane: JsonLdControlPlane, id: string): Promise<void> {
  const nothing = {
    id,
    url: `${controlPlane.answers}?retired=`,
    sourceTypes: ['Nothing'],
    transferTypes: ['Nothing-PULL'],
  }
  const registration = registrationOf(controlPlane, nothing)
  const outcome = await (controlPlane.version === '0.10.0' ? registration.register() : registration.deregister())
  if (outcome.outcome !== 'taken') throw new Error(`the data plane ${id} is still there: ${JSON.stringify(outcome)}`)
}

const shownSchema = z.array(z.looseObject({ '@id': z.string(), state: z.string() }))

/** A data plane of a control plane. */
type Registered = Pick<Scene, 'dataspace'> & { readonly instance: Pick<DataPlaneInstance, 'id'> }

/** What the control plane says of the data plane: its state, undefined where it does not know it. */
export async function shownState({ dataspace, instance }: Registered): Promise<string | undefined> {
  const instances = shownSchema.parse(await dataspace.provider.get('/v3/dataplanes'))
  return instances.find((one) => one['@id'] === instance.id)?.state
}

/**
 * Waits until the control plane selects the data plane: its heartbeat was answered.
 * @param registration registered until then, as a service does it periodically, for EDC forgets one that comes while it looks at the one before
 */
export async function available(registered: Registered, registration?: Registration): Promise<void> {
  await eventually('the data plane to be available', async () => {
    const outcome = await registration?.register()
    const state = await shownState(registered)
    return state === 'AVAILABLE'
      ? { done: true }
      : { pending: `it is ${state}; registering: ${JSON.stringify(outcome)}` }
  })
}

/** A consumer's push to a destination of any type; returns the id of its own process. */
export async function beginPush(
  { dataspace, controlPlane, assetId }: Pick<Scene, 'dataspace' | 'controlPlane' | 'assetId'>,
  agreementId: string,
  transferType: (typeof transferTypes)[number],
  dataDestination: Readonly<Record<string, string>>,
): Promise<string> {
  const begun = await dataspace.consumer.send('POST', '/v3/transferprocesses', {
    '@type': 'TransferRequest',
    assetId,
    contractId: agreementId,
    connectorId: 'provider',
    counterPartyAddress: controlPlane.pair.providerProtocol,
    protocol: 'dataspace-protocol-http',
    transferType,
    dataDestination,
  })
  return z.looseObject({ '@id': z.string() }).parse(begun.body)['@id']
}

/** The provider's process of a consumer's transfer, once it is there. */
export async function processOf({ dataspace }: Scene, consumerId: string): Promise<string> {
  return eventually('the provider’s process', async () => {
    const process = await dataspace.providerTransfer(consumerId)
    return process === undefined ? { pending: 'the provider does not know it yet' } : { done: process['@id'] }
  })
}

/** Waits until the data plane was asked for something of a process. */
export async function asked({ dataPlane }: Scene, kind: string, processId: string, times = 1): Promise<void> {
  await eventually(`${kind} of ${processId}`, () => {
    const seen = dataPlane.calls.filter((call) => call.kind === kind && call.processId === processId).length
    return seen >= times ? { done: true } : { pending: `it was asked for ${JSON.stringify(dataPlane.calls)}` }
  })
}
