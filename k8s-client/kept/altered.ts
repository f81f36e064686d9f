import type { Failure } from '../../core/job/causes.ts'
import type { Difference } from './differences.ts'

/** How many differences a message names. */
const mostNamed = 5
/** How much of a value it shows. */
const mostShown = 80

/** Why an attempt fails whose Job or pod the cluster changed: which fields, what was sent, what is there, and what to do. */
export function altered(kind: 'Job' | 'pod', found: readonly Difference[], namespace: string): Failure {
  const named = found.slice(0, mostNamed).map(tell)
  if (found.length > mostNamed) named.push(`${found.length - mostNamed} more`)
  const message =
    `The cluster changed the ${kind}, so it ${kind === 'Job' ? 'does not run' : 'is ended'}: ${named.join('; ')}. ` +
    `A mutating webhook or policy of the cluster does this: exclude the namespace ${namespace} from it ` +
    '(by a namespaceSelector, or by the label that it heeds, such as istio-injection=disabled).'
  return { cause: 'altered', message }
}

function tell({ path, sent, there }: Difference): string {
  if (sent === undefined) return `${path} was added${isPlain(there) && !isVariable(path) ? ` (${show(there)})` : ''}`
  if (there === undefined) return `${path} was removed${isPlain(sent) && !isVariable(path) ? ` (${show(sent)})` : ''}`
  if (isVariable(path) || !isShort(sent) || !isShort(there)) return `${path} was changed`
  return `${path} was sent as ${show(sent)} and is ${show(there)}`
}

/** Values of environment variables may be secrets of whoever set them. */
function isVariable(path: string): boolean {
  return path.includes('.env[')
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object'
}

/** What can be shown whole: single values, and the names in a list. */
function isShort(value: unknown): boolean {
  return isPlain(value) || (Array.isArray(value) && value.every(isPlain))
}

function show(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > mostShown ? `${text.slice(0, mostShown)}…` : text
}
