import { ServiceError } from '../../core/errors.ts'
import { type Blocked, planPublication, type PublicationPlan, type Step } from '../../core/publication/plan.ts'
import type { Present } from '../../core/publication/plan.ts'
import { offerNames } from '../../core/publication/vocabulary.ts'
import { digestOf } from './digest.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { otherOffers } from './other-offers.ts'
import type { PublicationParts, PublishingConnector } from './parts.ts'
import { readPresent } from './present.ts'
import type { PublicationRequest } from './request.ts'
import { type WantedPublication, wantedPublication } from './wanted.ts'
import { writeStep } from './write-step.ts'

/** How a publication stands, or stood before and stands now. */
export interface Publication extends Omit<WantedPublication, 'wanted'> {
  readonly plan: PublicationPlan
  /** What was written, or would be. */
  readonly changes: readonly Step[]
  /** The version that the catalogue shows; `null` where none is published. */
  readonly publishedVersion: string | null
  readonly otherOffers: readonly string[]
}

/** How often the connector is read and written until it is as wanted; more are needed only where somebody else writes as well. */
const mostRounds = 8

/**
 * Tells what publishing would change, and changes nothing.
 * @throws ServiceError where the asset or connector is unknown, a policy is no policy, or the connector does not answer
 */
export async function comparePublication(parts: PublicationParts, request: PublicationRequest): Promise<Publication> {
  const connector = connectorOf(parts, request.connectorId)
  const { wanted, ...versions } = await wantedPublication(parts, connector, request)
  const present = await readPresent(connector.api, wanted.assetId, [wanted.accessPolicy, wanted.contractPolicy])
  const plan = planPublication(wanted, present, digestOf)
  const others = await otherOffers(connector.api, wanted.assetId, wanted.properties)
  return { ...versions, plan, changes: plan.steps, publishedVersion: publishedVersion(present), otherOffers: others }
}

/**
 * Makes the connector's asset, policies and contract definition what they shall be. It may be repeated, run in parallel, and be cut
 * off anywhere: each round reads what is there and makes what is missing, the contract definition only when all it needs was read back.
 * @throws ServiceError as above, and where something in the connector is not ours, or policies are needed or did not arrive whole
 */
export async function publish(parts: PublicationParts, request: PublicationRequest): Promise<Publication> {
  const { assetId, connectorId } = request
  const connector = connectorOf(parts, connectorId)
  return oneAtATime(`${connectorId}/${assetId}`, async () => {
    const wantedNow = await wantedPublication(parts, connector, request)
    const { plan, present, changes } = await reach(connector, wantedNow)
    const { wanted, ...versions } = wantedNow
    const others = await otherOffers(connector.api, assetId, wanted.properties)
    parts.logger.info('published', {
      assetId,
      connectorId,
      version: versions.version,
      changes: changes.map((step) => `${step.action} ${step.object} ${idOf(step)}`),
    })
    return { ...versions, plan, changes, publishedVersion: publishedVersion(present), otherOffers: others }
  })
}

/** Writes until nothing differs any more. */
async function reach(
  { api }: PublishingConnector,
  { wanted }: WantedPublication,
): Promise<{ readonly plan: PublicationPlan; readonly present: Present; readonly changes: readonly Step[] }> {
  const changes = new Map<string, Step>()
  let first: PublicationPlan | undefined
  for (let round = 0; round < mostRounds; round += 1) {
    const present = await readPresent(api, wanted.assetId, [wanted.accessPolicy, wanted.contractPolicy])
    const plan = planPublication(wanted, present, digestOf)
    first ??= plan // later ones find what this run decided, and would call it kept
    if (plan.blocked.length > 0) {
      await takeBack(api, changes)
      throw refusal(plan.blocked)
    }
    if (plan.steps.length === 0) return { plan: first, present, changes: [...changes.values()] }
    for (const step of readyNow(plan.steps)) {
      const outcome = await writeStep(api, step)
      if (outcome === 'stale') break
      const key = `${step.object} ${idOf(step)}`
      if (!changes.has(key)) changes.set(key, step)
    }
  }
  throw new ServiceError(
    'changed-meanwhile',
    `Somebody else changes ${wanted.assetId} in the connector at the same time.`,
  )
}

/** The contract definition waits for a round in which no policy is to be written: then each was read back as it arrived. */
function readyNow(steps: readonly Step[]): readonly Step[] {
  const policiesFirst = steps.filter(
    (step) => step.object === 'asset' || (step.object === 'policy' && step.action !== 'remove'),
  )
  return policiesFirst.some((step) => step.object === 'policy') ? policiesFirst : steps
}

/** Removes policies that were written in vain; nothing refers to them yet. */
async function takeBack(api: PublishingConnector['api'], changes: ReadonlyMap<string, Step>): Promise<void> {
  for (const step of changes.values())
    if (step.object === 'policy' && step.action === 'create') await api.remove('policydefinitions', step.policy.id)
}

/** The id of the object that a step writes. */
export function idOf(step: Step): string {
  switch (step.object) {
    case 'asset':
      return step.asset.id
    case 'contract-definition':
      return step.definition.id
    case 'policy':
      return step.action === 'remove' ? step.id : step.policy.id
  }
}

/** The connector of a request. */
export function connectorOf({ connectors }: PublicationParts, id: string): PublishingConnector {
  const connector = connectors.get(id)
  if (connector !== undefined) return connector
  const known = connectors.size === 0 ? 'none' : [...connectors.keys()].join(', ')
  throw new ServiceError(
    'connector-unknown',
    `There is no connector ${JSON.stringify(id)} in which assets are published; there are ${known}.`,
  )
}

/** The first reason as an error, with all of them in the problems. */
export function refusal(blocked: readonly Blocked[]): ServiceError {
  const [first] = blocked
  const same = blocked.filter(({ code }) => code === first?.code)
  const problems = same.flatMap((one) => one.problems ?? [])
  return new ServiceError(first?.code ?? 'internal', same.map(({ message }) => message).join(' '), { problems })
}

/** The version that the catalogue shows. */
function publishedVersion({ asset, definition }: Present): string | null {
  if (asset === undefined || definition === undefined) return null
  const version = asset.properties[offerNames.version]
  return typeof version === 'string' ? version : null
}
