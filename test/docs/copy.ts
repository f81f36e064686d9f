import { cp, mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { projectRoot } from '../support/entrypoint.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Folders that pages write into. */
const copied: ReadonlySet<string> = new Set(['config', 'k8s'])
const left: ReadonlySet<string> = new Set(['.git', 'dist', 'site', '.demo', '.env'])

/** A repository to run a page in: what pages write into is a copy, the rest are links. `temporary` stands for the page's /tmp. */
export async function repositoryCopy(t: ExecutionContext): Promise<{ root: string; temporary: string }> {
  const folder = await temporaryFolder(t)
  const root = join(folder, 'dataspace-compute')
  const temporary = join(folder, 'tmp')
  await mkdir(root)
  await mkdir(temporary)
  for (const name of await readdir(projectRoot)) {
    if (left.has(name)) continue
    if (copied.has(name)) await cp(join(projectRoot, name), join(root, name), { recursive: true })
    else await symlink(join(projectRoot, name), join(root, name))
  }
  return { root, temporary }
}
