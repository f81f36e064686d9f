import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { randomUUID } from 'node:crypto'
import test from 'ava'
import { openSqliteStore } from '../../entrypoint/stores/sqlite.ts'
import { projectRoot } from '../support/entrypoint.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testOnTestbed } from '../support/testbed.ts'

const read = (page: string): string => readFileSync(join(projectRoot, page), 'utf8')

test('docs/upgrading.md names the schema of this version', async (t) => {
  const path = join(await temporaryFolder(t), 'state.db')
  await openSqliteStore(path, { next: randomUUID }).close()
  const database = new DatabaseSync(path)
  t.teardown(() => database.close())
  const schema = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  const { version } = JSON.parse(read('package.json')) as { version: string }
  t.true(read('docs/upgrading.md').includes(`| ${version} | ${schema} |`), `${version} has schema ${schema}`)
})

testOnTestbed('docs/compatibility.md names the Docker engine and Compose of the testbed', async (t, { kubeconfig }) => {
  const docker = join(dirname(kubeconfig), '../../docker')
  if (!existsSync(join(docker, 'root'))) {
    t.pass() // the engine is unpacked by the tests that need it
    return
  }
  const shown = /engine ([\d.]+) and Compose ([\d.]+)/.exec(read('docs/compatibility.md'))
  const versionOf = (program: string, ...parameters: string[]) =>
    /\d+\.\d+/.exec(execFileSync(join(docker, program), parameters, { encoding: 'utf8' }))?.[0]
  t.is(shown?.[1], versionOf('root/usr/bin/docker', '--version'))
  t.is(shown?.[2], versionOf('config/cli-plugins/docker-compose', 'version'))
})

/** Settings of EDC from lines `name=value`. */
function properties(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').filter((line) => /^[a-z].*=/.test(line))
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

testOnTestbed(
  'docs/connecting-a-connector.md has the properties of the connector that tests run with',
  async (t, { kubeconfig }) => {
    const page = /```properties\n([^]*?)```/.exec(read('docs/connecting-a-connector.md'))?.[1] ?? ''
    const real = properties(readFileSync(join(dirname(kubeconfig), '../edc/provider.properties'), 'utf8'))
    const shown = properties(
      page.replaceAll('https://compute.example', 'http://127.0.0.1:13000').replaceAll('/<secret>', ''),
    )
    t.is(shown.size, 6)
    for (const [name, value] of shown) {
      // The testbed's provider posts events to a program that hands them on to several services.
      if (name === 'edc.callback.compute.uri') t.true(real.has(name))
      else t.is(real.get(name), value, name)
    }
    const ours = [...real.keys()].filter((name) =>
      /^(provisioner\.http\.entries\.compute\.|edc\.callback\.)/.test(name),
    )
    t.deepEqual(ours.toSorted(), [...shown.keys()].toSorted(), 'no setting is missing on the page')
  },
)
