import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { type ChainPlace, chainStart, linkProblem, placeOf, readExportedLine } from '../../core/audit/chain.ts'
import type { ShownLogReport } from '../api/audit.ts'
import { CliError } from '../cli-error.ts'

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')

/**
 * Checks an exported log without the service. Its first line is taken as it is where the log does not begin with entry 1: what came
 * before it was pruned or is in another file.
 * @throws CliError where the file cannot be read, or is no export
 */
export async function verifyFile(path: string): Promise<ShownLogReport> {
  let first: ChainPlace | undefined
  let place: ChainPlace | undefined
  let entries = 0
  let problem: ShownLogReport['problem']
  const input = createReadStream(path)
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      const sealed = readExportedLine(line)
      if (sealed === undefined) throw new CliError('refused', `Line ${entries + 1} of ${path} is no entry of an export`)
      const { sequence } = sealed.entry
      if (place === undefined && sequence !== 1) first = place = placeOf(sealed)
      else {
        const wrong = linkProblem(place ?? chainStart, sealed, sha256)
        if (wrong !== undefined) {
          problem = { sequence, message: wrong }
          break
        }
        first ??= chainStart
        place = placeOf(sealed)
      }
      entries += 1
    }
  } catch (error) {
    if (error instanceof CliError) throw error
    throw new CliError('not-found', `${path} cannot be read`, {
      detail: error instanceof Error ? error.message : String(error),
    })
  } finally {
    input.destroy()
  }
  return {
    intact: problem === undefined,
    entries,
    anchors: 0,
    pruned: { ...(first ?? chainStart) },
    head: { ...(place ?? chainStart) },
    ...(problem === undefined ? {} : { problem }),
  }
}
