import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { projectRoot } from '../support/entrypoint.ts'
import { testOnSecondStore } from '../support/each-store.ts'
import { testOnTestbed } from '../support/testbed.ts'
import { fencedBlocks } from './fenced-blocks.ts'
import { marksOf } from './marks.ts'
import { isCommands, runPage, type Surroundings } from './run-page.ts'
import { installation, objectStore, publishing, realParts, repository, service } from './surroundings.ts'

// Every command of the documentation is run here, unless the page says why not.

/** What a page needs around it; a page that is not here runs in a copy of the repository with nothing running. */
const needs: Readonly<Record<string, typeof service>> = {
  'docs/admin-api.md': service,
  'docs/audit.md': service,
  'docs/operations.md': installation,
  'docs/upgrading.md': installation,
  'docs/result-gateway.md': service,
}
const needsTestbed: Readonly<Record<string, typeof realParts>> = {
  'docs/connecting-a-connector.md': realParts,
  'docs/getting-started.md': realParts,
  'docs/publication.md': publishing,
}
const needsSecondStore: ReadonlySet<string> = new Set(['docs/object-stores.md'])
/** Pages whose commands another test runs, and which. */
const elsewhere: ReadonlyMap<string, string> = new Map([
  ['docs/cli.md', 'test/docs/command-line.test.ts'],
  ['docs/compose.md', 'test/compose/demo.test.ts'],
])

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...globSync(['docs/**/*.md', 'config/assets/*/README.md'], { cwd: projectRoot }).toSorted(),
]
const read = (page: string): string => readFileSync(join(projectRoot, page), 'utf8')
const withCommands = pages.filter((page) =>
  fencedBlocks(read(page)).some((block) => isCommands(block) && marksOf(block).notRun === undefined),
)

for (const page of withCommands) {
  if (elsewhere.has(page)) continue
  const title = `the commands of ${page} do what it says`
  const onTestbed = needsTestbed[page]
  if (onTestbed !== undefined) testOnTestbed(title, async (t, testbed) => run(t, page, await onTestbed(t, testbed)))
  else if (needsSecondStore.has(page))
    testOnSecondStore(title, async (t, server, testbed) => run(t, page, await objectStore(t, server, testbed)))
  else test.serial(title, async (t) => run(t, page, await (needs[page] ?? repository)(t)))
}

test('pages that other tests run are run by tests that there are', (t) => {
  for (const [page, file] of elsewhere) t.true(existsSync(join(projectRoot, file)), `${page}: ${file}`)
})

async function run(t: ExecutionContext, page: string, surroundings: Surroundings): Promise<void> {
  t.timeout(180_000)
  const faults = await runPage(read(page), surroundings)
  t.is(faults.join('\n\n'), '')
}
