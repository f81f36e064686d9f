import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Pair, Transfer } from '../../dps/stand-in/pair.ts'
import { allReceptions, type ShownReception } from './shown-receptions.ts'
import { filesOf, manifestTextOf } from './trial-provider.ts'
import type { TrialService } from './trial-service.ts'

/** What is judged when all receptions have come to their end. */
export interface Outcomes {
  readonly service: TrialService
  readonly pair: Pair
  readonly transfers: readonly Transfer[]
  /** Folder with a folder of each reception. */
  readonly objects: string
  readonly crashes: number
  /** How often files were fetched again. */
  readonly again: number
}

/** Receptions that are fetched at once: the default of DSC_RECEIVE_CONCURRENCY. */
const fetchedAtOnce = 4

/** What must not be, in words. */
export async function judgeReceptions(outcomes: Outcomes): Promise<readonly string[]> {
  const { service, pair, transfers, objects, crashes, again } = outcomes
  const receptions = await allReceptions(service)
  const violations: string[] = []
  const folders = new Set(await readdir(objects).catch(() => []))
  for (const { id } of receptions) folders.delete(id)
  for (const folder of folders) violations.push(`received/${folder} belongs to no reception`)
  for (const transfer of transfers) {
    const own = receptions.filter(({ processId }) => processId === transfer.consumerId)
    if (own.length > 1) violations.push(`the process ${transfer.consumerId} has ${own.length} receptions`)
    for (const reception of own) violations.push(...(await wrongWith(reception, transfer, objects)))
    violations.push(...wronglyTold(outcomes, transfer, own[0]))
  }
  // What was under way when the service ended is fetched again, and nothing else.
  if (again > crashes * fetchedAtOnce) violations.push(`${again} files were fetched again after ${crashes} crashes`)
  // A control plane that cannot be asked is told again at most what was on its way when the service ended.
  const broken = pair.consumer.ledger.callbacks.filter(({ effect }) => effect === 'broken').length
  if (broken > crashes) violations.push(`${broken} callbacks broke processes after ${crashes} crashes`)
  return violations
}

/** What the directory store had written of an object when the process ended: under no key, and gone with its reception. */
const half = /~$/

/** Whether there is everything of its transfer, and nothing else; or nothing at all. */
async function wrongWith(
  { id, state, mode, content }: ShownReception,
  transfer: Transfer,
  objects: string,
): Promise<readonly string[]> {
  const held = await heldBelow(join(objects, id))
  if (state === 'removed')
    return held.size === 0 ? [] : [`${[...held.keys()].join()} is left of ${id}, which is removed`]
  const processId = transfer.atProvider()?.id ?? ''
  const files = Object.entries(filesOf(processId))
  const folder = mode === 'pull' ? 'files/' : ''
  const expected = new Map([
    ...files.map(([path, text]) => [folder + path, digestOf(text)] as const),
    ['manifest.json', digestOf(manifestTextOf(processId))],
  ])
  const wrong = [...new Set([...held.keys(), ...expected.keys()])]
    .filter((path) => !half.test(path))
    .filter((path) => held.get(path) !== expected.get(path))
  const listed = new Map(content?.files.map(({ path, sha256 }) => [path, sha256]))
  const unlisted = files.filter(([path, text]) => listed.get(path) !== digestOf(text))
  return [
    ...wrong.map((path) => `${path} of the reception ${id} is not as it was sent, or there without need`),
    ...unlisted.map(([path]) => `${path} of the reception ${id} is not on record as it was sent`),
    ...(listed.size === files.length && content?.verifiedBy === 'manifest' ? [] : [`${id} was not verified`]),
  ]
}

function wronglyTold(
  { pair }: Outcomes,
  { consumerId, atConsumer }: Transfer,
  reception: ShownReception | undefined,
): readonly string[] {
  const { ledger } = pair.consumer
  const completed = ledger.count(consumerId, 'completed')
  const prepared = ledger.count(consumerId, 'prepared')
  const least = atConsumer()?.state === 'COMPLETED' && reception?.mode === 'pull' ? 1 : 0
  return [
    ...(completed > 1 || completed < least ? [`the process ${consumerId} was completed ${completed} times`] : []),
    ...(prepared > 1 ? [`the process ${consumerId} was prepared ${prepared} times`] : []),
  ]
}

/** Digests by path. */
async function heldBelow(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const held = new Map<string, string>()
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    held.set(relative(folder, path), digestOf(await readFile(path)))
  }
  return held
}

function digestOf(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
