import type { Finding } from '../finding.ts'
import type { ReceptionRow } from '../read-rows.ts'
import type { Sight } from '../sight.ts'
import { left, wrongSizes } from './seen-objects.ts'

/** What rows of receptions say of themselves, and what they and the object store say of received files, both ways. */
export function receptions(sight: Sight): readonly Finding[] {
  return [...rows(sight), ...files(sight)]
}

/** What no reception of a state is without, and what that is called. */
const needed = {
  fetching: ['source', 'address'],
  received: ['content', 'list of files'],
  failed: ['failure', 'cause'],
  removed: ['removedAt', 'time of removal'],
} as const satisfies Partial<Record<ReceptionRow['state'], readonly [keyof ReceptionRow, string]>>

function rows({ contents }: Sight): readonly Finding[] {
  const findings: Finding[] = []
  for (const [key, reception] of contents.receptions) {
    const { id, connectorId, processId, flow, state, columns } = reception
    const contradiction = (message: string): void =>
      void findings.push({ rule: 'contradicting-row', about: key, message })
    const isSame = connectorId === columns.connector_id && processId === columns.process_id && state === columns.state
    if (id !== key || !isSame) contradiction(`The columns of the reception ${key} say something else than its body.`)
    if (state === 'awaited' || state === 'verifying') {
      const isOver = flow === 'completed' || flow === 'terminated'
      if (isOver === (state === 'awaited')) contradiction(`The reception ${key} is ${state}, and its flow is ${flow}.`)
      continue
    }
    const [what, name] = needed[state]
    if (reception[what] === undefined) contradiction(`The reception ${key} is ${state} and has no ${name}.`)
  }
  return findings
}

/**
 * What was received is whole. Until then, and where it failed, there may be anything of a reception; when it was removed, nothing. What the
 * bytes are is the business of digests.ts.
 */
function files({ objectsOfReceptions, contents }: Sight): readonly Finding[] {
  const findings: Finding[] = []
  for (const { id, state, content } of contents.receptions.values()) {
    if (state !== 'received' || content === undefined) continue
    const wrong = wrongSizes(`received/${id}/${content.folder}`, content.files, objectsOfReceptions.get(id) ?? [])
    const message = `The files of the reception ${id} are not whole: ${wrong}.`
    if (wrong !== undefined) findings.push({ rule: 'broken-reception', about: id, message })
  }
  for (const [id, { length }] of objectsOfReceptions) {
    const reception = contents.receptions.get(id)
    if (contents.unreadable.has(`receptions ${id}`)) continue
    if (reception === undefined) findings.push(left(`received/${id}/`, length, 'no such reception is on record'))
    else if (reception.state === 'removed')
      findings.push(left(`received/${id}/`, length, 'the files of this reception count as removed'))
  }
  return findings
}
