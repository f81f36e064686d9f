import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describedAsset } from './docs/asset-fields.ts'
import { assetTable } from './docs/asset-table.ts'
import { auditActions } from './docs/audit-actions.ts'
import { cliReference } from './docs/cli-reference.ts'
import { compatibilityTable } from './docs/compatibility.ts'
import { configurationPage } from './docs/configuration-page.ts'
import { errorsPage } from './docs/errors-page.ts'
import { brokenLinks } from './docs/links.ts'
import { fill } from './docs/markdown.ts'
import { openApiDocuments } from './docs/openapi-documents.ts'
import { receptionCauseTable } from './docs/reception-causes.ts'
import { settingsExample } from './docs/settings-example.ts'
import { stateTables } from './docs/state-tables.ts'

// Writes what documentation takes from the code: `npm run docs`. With --check it writes nothing, and fails where a file differs
// from what it would write, or where a relative link in any Markdown file leads nowhere.

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

function generated(): ReadonlyMap<string, string> {
  const { schema, fields } = describedAsset()
  return new Map([
    ['config/entrypoint.env.example', settingsExample()],
    ['docs/architecture.md', filled('docs/architecture.md', stateTables())],
    ['docs/audit.md', fill(read('docs/audit.md'), 'audit-actions', auditActions())],
    ['docs/cli.md', filled('docs/cli.md', cliReference())],
    ['docs/compatibility.md', fill(read('docs/compatibility.md'), 'compatibility', compatibilityTable())],
    ['docs/compute-asset.md', fill(read('docs/compute-asset.md'), 'asset-fields', assetTable(fields))],
    ['docs/compute-asset.schema.json', formattedJson(schema)],
    ['docs/configuration.md', configurationPage()],
    ['docs/errors.md', errorsPage()],
    ['docs/receiving.md', fill(read('docs/receiving.md'), 'reception-causes', receptionCauseTable())],
    ...openApiDocuments().map(([file, document]) => [file, formattedJson(document)] as const),
  ])
}

/** A page with its generated parts, by the names of their places. */
function filled(file: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((page, [name, text]) => fill(page, name, text), read(file))
}

/** JSON as `npm run check:format` wants it. */
function formattedJson(value: unknown): string {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const parameters = [biome, 'format', '--stdin-file-path=schema.json']
  return execFileSync(process.execPath, parameters, {
    cwd: root,
    input: JSON.stringify(value, undefined, 2),
    encoding: 'utf8',
  })
}

function current(file: string): string | undefined {
  try {
    return read(file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

const check = process.argv.includes('--check')
const stale = [...generated()].filter(([file, text]) => current(file) !== text)
if (!check) for (const [file, text] of stale) writeFileSync(join(root, file), text)

const pages = globSync('**/*.md', { cwd: root, exclude: ['**/node_modules', 'dist', '.git'] }).toSorted()
const broken = brokenLinks(root, pages)
if (broken.length > 0)
  process.stderr.write(`These links lead nowhere:\n${broken.map((line) => `  ${line}\n`).join('')}`)
if (check && stale.length > 0) {
  process.stderr.write(
    `These files are not up to date; run npm run docs:\n${stale.map(([file]) => `  ${file}\n`).join('')}`,
  )
}
if (broken.length > 0 || (check && stale.length > 0)) process.exitCode = 1
else process.stdout.write(`${check ? `${pages.length} pages checked` : `${stale.length} files written`}\n`)
