import { isMarked } from './marks.ts'
import type { Blocked, PlannedPolicy, Present, Wanted } from './plan.ts'
import { isOpen, lostParts, type PolicyDocument, textAsRead } from './policy.ts'
import { markNames } from './vocabulary.ts'

/** One of the two policies of a publication. */
export interface DecidedPolicy {
  /** Its policy definition; `null` where nobody said which, and none may be assumed. */
  readonly id: string | null
  /** `given`: by the administrator; `kept`: as it was; `open`: nothing was said, and it is the first publication. */
  readonly choice: 'given' | 'kept' | 'open'
  /** Whether it has no rule, so that every participant may; `null` where that is not known. */
  readonly open: boolean | null
  /** Whether somebody edited it at the connector since it was written. */
  readonly edited: boolean
  /** What is to be written under the id, where it is ours to write. */
  readonly write?: { readonly id: string; readonly document: PolicyDocument }
}

type Digest = (text: string) => string
const roles = ['accessPolicy', 'contractPolicy'] as const
type Role = (typeof roles)[number]

/** Which policies a publication has. One that was restricted before is never opened because nothing was said or something got lost. */
export function decidePolicies(
  wanted: Wanted,
  present: Present,
  digest: Digest,
): { readonly access: DecidedPolicy; readonly contract: DecidedPolicy; readonly blocked: readonly Blocked[] } {
  const [access, contract] = [
    decide('accessPolicy', wanted, present, digest),
    decide('contractPolicy', wanted, present, digest),
  ]
  return { access: access.policy, contract: contract.policy, blocked: [...access.blocked, ...contract.blocked] }
}

interface Decision {
  readonly policy: DecidedPolicy
  readonly blocked: readonly Blocked[]
}

function decide(role: Role, wanted: Wanted, present: Present, digest: Digest): Decision {
  const given = wanted[role]
  if (given !== undefined) return givenPolicy(role, given, present, digest)
  const before = policyBefore(role, present)
  if (before === undefined) return { policy: written(wanted.openPolicy, 'open', true), blocked: [] }
  const there = present.policies.get(before)
  if (there === undefined && before === wanted.openPolicy.id)
    return { policy: written(wanted.openPolicy, 'kept', true), blocked: [] }
  if (there === undefined) {
    const message = `The ${words[role]} under which it was published, ${before}, is not in the connector any more.`
    return {
      policy: { id: null, choice: 'kept', open: null, edited: false },
      blocked: [{ code: 'policy-needed', message }],
    }
  }
  const known = there.privateProperties[markNames.asRead]
  const edited = known !== undefined && known !== digest(textAsRead(there.policy))
  // An open policy of ours that a crash left without its note is completed; all others that are kept are left alone.
  if (before === wanted.openPolicy.id && !edited && isMarked(there.privateProperties))
    return { policy: written(wanted.openPolicy, 'kept', true), blocked: [] }
  return { policy: { id: before, choice: 'kept', open: isOpen(there.policy), edited }, blocked: [] }
}

const words: Readonly<Record<Role, string>> = { accessPolicy: 'access policy', contractPolicy: 'contract policy' }

/** The policy it was published under: of the contract definition, or, where that is gone, as noted on the asset. */
function policyBefore(role: Role, { asset, definition }: Present): string | undefined {
  if (definition !== undefined) return role === 'accessPolicy' ? definition.accessPolicyId : definition.contractPolicyId
  const noted = asset?.privateProperties[markNames[role]]
  return typeof noted === 'string' ? noted : undefined
}

function givenPolicy(role: Role, given: PlannedPolicy, { policies }: Present, digest: Digest): Decision {
  const there = policies.get(given.id)
  if (given.kind === 'reference') {
    if (there !== undefined)
      return { policy: { id: given.id, choice: 'given', open: isOpen(there.policy), edited: false }, blocked: [] }
    const message = `The connector has no policy definition ${JSON.stringify(given.id)}.`
    return {
      policy: { id: given.id, choice: 'given', open: null, edited: false },
      blocked: [{ code: 'policy-unknown', message, problems: [{ where: role, message }] }],
    }
  }
  const known = there?.privateProperties[markNames.asRead]
  const fresh = there !== undefined && (known === undefined || known === digest(textAsRead(there.policy)))
  const lost = fresh && isMarked(there.privateProperties) ? lostParts(given.document, there.policy) : undefined
  const message = `the connector took it without some of its parts (${lost}), which would let more participants in`
  return {
    policy: written(given, 'given', isOpen(given.document)),
    blocked:
      lost === undefined
        ? []
        : [
            {
              code: 'invalid-policy',
              message: `The ${words[role]} did not arrive whole.`,
              problems: [{ where: role, message }],
            },
          ],
  }
}

function written(
  policy: PlannedPolicy & { readonly kind: 'own' },
  choice: DecidedPolicy['choice'],
  open: boolean,
): DecidedPolicy {
  return { id: policy.id, choice, open, edited: false, write: { id: policy.id, document: policy.document } }
}
