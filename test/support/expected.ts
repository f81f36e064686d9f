import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import dotenv from 'dotenv'
import { projectRoot } from './entrypoint.ts'

/** Folder of an example asset. */
export function assetFolder(name: string): string {
  return join(projectRoot, 'config/assets', name)
}

/** Runs the word count by hand, and gives the bytes of counts.json: what a transfer must deliver. */
export async function expectedCounts(parameters: Readonly<Record<string, string>>): Promise<Buffer> {
  const folder = assetFolder('word-count')
  const output = await mkdtemp(join(tmpdir(), 'dsc-expected-'))
  try {
    const environment = dotenv.parse(await readFile(join(folder, 'word-count.env')))
    await promisify(execFile)(process.execPath, [join(folder, 'count.mjs')], {
      env: { ...environment, ...parameters, INPUT_DIR: folder, OUTPUT_DIR: output },
    })
    return await readFile(join(output, 'counts.json'))
  } finally {
    await rm(output, { recursive: true, force: true })
  }
}
