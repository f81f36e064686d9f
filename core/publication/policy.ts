import { type Problem, ServiceError } from '../errors.ts'
import { canonicalJson } from './canonical-json.ts'
import { countOdrl, unknownWords } from './odrl.ts'

/** The context in which ODRL's words mean what they say. The connector has it built in; others it cannot fetch. */
const odrlContext = 'http://www.w3.org/ns/odrl.jsonld'

/** A policy document as it goes to the connector. */
export type PolicyDocument = Readonly<Record<string, unknown>>

/** What an administrator says about one of the two policies. */
export type GivenPolicy =
  /** A policy definition that is in the connector already, and stays what it is. */
  | { readonly kind: 'reference'; readonly id: string }
  /** A policy that we write. Equal documents have equal text. */
  | { readonly kind: 'own'; readonly document: PolicyDocument; readonly text: string }

/** The policy without any rule: everybody may. */
export const openPolicy = own({
  '@context': odrlContext,
  '@type': 'Set',
  permission: [],
  prohibition: [],
  obligation: [],
})

/**
 * Reads a policy as an administrator gives it: an ODRL Set, or `{"@id": …}` alone for one that the connector has. What EDC would
 * take and silently drop is refused here, because a policy that lost its rules is open to everybody (seen on EDC 0.10.0:
 * `permission` without ODRL's context is answered 200, and gone).
 * @param where the name of the policy, for the problems
 * @throws ServiceError `invalid-policy`
 */
export function readPolicy(value: Readonly<Record<string, unknown>>, where: string): GivenPolicy {
  const { '@id': id, ...rest } = value
  if (id !== undefined && Object.keys(rest).length === 0) {
    if (typeof id === 'string' && id !== '') return { kind: 'reference', id }
    throw invalid([{ where: `${where}.@id`, message: 'expected the id of a policy definition' }])
  }
  const problems = problemsOf(value).map((problem) => ({ ...problem, where: place(where, problem.where) }))
  if (problems.length > 0) throw invalid(problems)
  // The connector gives every policy an id of its own.
  return own({ '@context': odrlContext, '@type': 'Set', ...rest })
}

/** Whether a policy as a connector answers it has no rule at all: everybody may. */
export function isOpen(policy: unknown): boolean {
  const { permission = 0, prohibition = 0, obligation = 0 } = countOdrl(policy)
  return permission + prohibition + obligation === 0
}

/** What of a policy the connector did not take over, in words; `undefined` where all of it arrived. */
export function lostParts(sent: unknown, read: unknown): string | undefined {
  const [before, after] = [countOdrl(sent), countOdrl(read)]
  const lost = Object.entries(before).filter(([word, count]) => (after[word] ?? 0) < count)
  if (lost.length === 0) return undefined
  return lost.map(([word, count]) => `${word}: ${after[word] ?? 0} of ${count} arrived`).join(', ')
}

/** A policy as a connector answers it, without the id that it makes anew at every answer (seen on EDC 0.10.0); as text, to compare. */
export function textAsRead(policy: unknown): string {
  if (typeof policy !== 'object' || policy === null) return canonicalJson(policy)
  return canonicalJson(Object.fromEntries(Object.entries(policy).filter(([name]) => name !== '@id')))
}

/** The error for policies that cannot be used. */
function invalid(problems: readonly Problem[]): ServiceError {
  return new ServiceError('invalid-policy', 'A policy cannot be used as it is.', { problems })
}

function own(document: PolicyDocument): GivenPolicy & { readonly kind: 'own' } {
  return { kind: 'own', document, text: canonicalJson(document) }
}

function problemsOf(value: Readonly<Record<string, unknown>>): Problem[] {
  if ('policy' in value || 'edc:policy' in value)
    return [{ where: '', message: 'this is a policy definition; give what stands in its field policy' }]
  const context = value['@context']
  const ownContext = context !== undefined && context !== odrlContext
  // With a context of one's own any word may mean anything; what got lost is then seen in what the connector answers.
  return [...numberProblems(value, ''), ...(ownContext ? [] : unknownWords(value))]
}

/** EDC 0.10.0 answers 500 to a right operand that is a number or a truth value. */
function numberProblems(value: unknown, where: string): Problem[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => numberProblems(one, `${where}[${index}]`))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inside]) => {
    const at = place(where, key)
    const plain = typeof inside === 'number' || typeof inside === 'boolean'
    if (/(?:^|[:/#])rightOperand$/.test(key) && plain)
      return [
        { where: at, message: `write it as text, ${JSON.stringify(String(inside))}: connectors do not read it else` },
      ]
    return numberProblems(inside, at)
  })
}

function place(outer: string, inner: string): string {
  if (inner === '') return outer
  return outer === '' || inner.startsWith('[') ? `${outer}${inner}` : `${outer}.${inner}`
}
