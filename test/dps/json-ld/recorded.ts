import { readFile, writeFile } from 'node:fs/promises'
import type { ExecutionContext } from 'ava'
import { parseJson } from '../../../demo/simulated-connector/json.ts'
import { type Names, template } from '../../dataspace/templates.ts'
import { recording } from '../../support/testbed.ts'

/** A message as EDC sent it, 0.10.0 and 0.15.1 alike, with placeholders for what differs from run to run. */
export type RecordedName = 'start-pull' | 'start-push-http' | 'start-push-s3' | 'suspend' | 'terminate'

/** Reads what was recorded. */
export async function readRecorded(name: RecordedName): Promise<unknown> {
  return JSON.parse(await readFile(fileOf(name), 'utf8')) as unknown
}

/** The real control plane says what was recorded; with RECORD=1 it is written down anew. */
export async function asRecorded(
  t: ExecutionContext,
  name: RecordedName,
  body: unknown,
  names: Names = {},
): Promise<void> {
  const said = template(parseJson(JSON.stringify(body)) ?? null, names)
  if (recording) await writeFile(fileOf(name), `${JSON.stringify(said, null, 2)}\n`)
  t.deepEqual(said, await readRecorded(name))
}

function fileOf(name: RecordedName): URL {
  return new URL(`recorded/${name}.json`, import.meta.url)
}
