import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { projectRoot } from '../support/entrypoint.ts'

/** How a command ended. */
export interface DscEnd {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The program as npm installs it. */
export const dscProgram = join(projectRoot, 'cli/dsc.mjs')

/** Runs `dsc` as a process of its own, without a terminal and with nothing in its environment but what is given. */
export async function runDsc(
  parameters: readonly string[],
  { environment = {}, folder }: { environment?: Readonly<Record<string, string>>; folder?: string } = {},
): Promise<DscEnd> {
  const child = spawn(process.execPath, [dscProgram, ...parameters], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(folder === undefined ? {} : { cwd: folder }),
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code))
  })
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, stdout, stderr }
}
