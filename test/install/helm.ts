import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectRoot } from '../support/entrypoint.ts'
import type { Testbed } from '../support/testbed.ts'

const run = promisify(execFile)
const much = { cwd: projectRoot, maxBuffer: 64 * 1024 * 1024 }

/** The chart of the project. */
export const chart = join(projectRoot, 'k8s/chart')

let program: Promise<string> | undefined

/** Path of Helm; the testbed builds it where it is not in its cache. */
export function helmProgram(): Promise<string> {
  program ??= run('bash', ['testbed/helm.sh'], much).then(({ stdout }) => stdout.trim())
  return program
}

/** Runs Helm against the testbed's cluster; an error holds what it said. */
export async function helm(testbed: Testbed, ...parameters: readonly string[]): Promise<string> {
  return (await run(await helmProgram(), ['--kubeconfig', testbed.kubeconfig, ...parameters], much)).stdout
}
