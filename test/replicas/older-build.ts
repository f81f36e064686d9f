import { execFile } from 'node:child_process'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { schemaVersion } from '../../entrypoint/stores/postgres/migrations.ts'
import { projectRoot } from '../support/entrypoint.ts'

const run = promisify(execFile)
const migrations = 'entrypoint/stores/postgres/migrations.ts'
/** What the service's program needs of the repository. */
const parts = ['package.json', 'core', 'config', 'k8s-client', 'sidecar', 'entrypoint']

/** The service as it was before the schema of its database changed last. */
export interface OlderBuild {
  readonly commit: string
  /** Version of the PostgreSQL schema that it knows. */
  readonly schema: number
  /** Path of its program. */
  readonly program: string
}

/**
 * Lays the newest code out, in a folder, that knows an older PostgreSQL schema than today's; it is taken from the history of the repository.
 * @returns why there is none, where the history is not here or has no such code
 */
export async function layOutOlderBuild(folder: string): Promise<OlderBuild | string> {
  let candidates: readonly string[]
  try {
    candidates = await olderCommits()
  } catch (error) {
    return `the history of the repository is not here: ${error instanceof Error ? error.message : String(error)}`
  }
  for (const commit of candidates) {
    const place = join(folder, commit.replace('^', '-before'))
    if (!(await layOut(commit, place))) break // a history that was cut off, or from before there was PostgreSQL
    const schema = await schemaOf(place)
    if (schema < schemaVersion) return { commit, schema, program: join(place, 'entrypoint/main.ts') }
  }
  return 'no earlier commit knows an older schema'
}

/** The last commit, and the ones just before each that changed the schema, newest first. */
async function olderCommits(): Promise<readonly string[]> {
  const { stdout } = await run('git', ['log', '--format=%H', '--', migrations], { cwd: projectRoot })
  const changes = stdout.split('\n').filter((line) => line !== '')
  const { stdout: head } = await run('git', ['rev-parse', 'HEAD'], { cwd: projectRoot })
  return [head.trim(), ...changes.map((commit) => `${commit}^`)]
}

/** @returns whether the commit is there and has the code */
async function layOut(commit: string, place: string): Promise<boolean> {
  try {
    await run('git', ['cat-file', '-e', `${commit}:${migrations}`], { cwd: projectRoot })
  } catch {
    return false
  }
  await mkdir(place, { recursive: true })
  const archive = `${place}.tar`
  await run('git', ['archive', '--output', archive, commit, ...parts], { cwd: projectRoot })
  await run('tar', ['-x', '-f', archive, '-C', place])
  await symlink(join(projectRoot, 'node_modules'), join(place, 'node_modules'))
  return true
}

async function schemaOf(place: string): Promise<number> {
  const url = pathToFileURL(join(place, migrations)).href
  const print = `import(${JSON.stringify(url)}).then((module) => console.log(module.schemaVersion))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', print])
  return Number(stdout)
}
