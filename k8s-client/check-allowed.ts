import { imageProblem } from '../core/asset/image.ts'
import { LaunchRefused } from '../core/ports/backend.ts'
import type { Plan } from '../core/job/plan.ts'
import type { KubernetesOptions } from './options.ts'
import { refused } from './refusal.ts'
import { isIsolated } from './render/network.ts'

const needsPolicies =
  'The worker is to run without network, which needs a cluster that enforces NetworkPolicies: DSC_NETWORK_POLICIES=enforced.'

/**
 * Holds a plan against the settings as they are now: the asset may have been registered under others.
 * @throws LaunchRefused
 */
export function checkAllowed({ steps: [step] }: Plan, options: KubernetesOptions): void {
  const { imageRules, network } = options
  const { image } = step.worker
  const problem =
    imageRules === undefined ? undefined : imageProblem(image, imageRules.allowTags, imageRules.registries)
  // What is no image's name at all is said by the API server, in the same words for every way that leads there.
  if (problem !== undefined && image !== '') throw refused('invalid-image', `The image ${image} ${problem}.`)
  if (network === undefined && isIsolated(step, options))
    throw new LaunchRefused({ cause: 'not-isolated', message: needsPolicies, final: true })
}
