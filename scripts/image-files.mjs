// Lays out what goes into the images: node scripts/image-files.mjs FOLDER [sidecar] [entrypoint], after `npm run build`.
// FOLDER/sidecar and FOLDER/entrypoint (both where none is named) then hold the files as they lie in the image, each with its list of packages (CycloneDX).
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { copyModules } from './modules-of.mjs'
import { packModules } from './pack-modules.mjs'

const [folder, ...names] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: node scripts/image-files.mjs FOLDER [sidecar] [entrypoint]')
const wanted = (name) => names.length === 0 || names.includes(name)

/** Every package that is installed, as npm knows it. (With `--omit dev` npm leaves out those that development needs as well.) */
const everything = JSON.parse(
  execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  }),
)

/** @param {string} name of the image @param {readonly string[]} programs compiled @param {readonly string[]} others files and folders */
async function layOut(name, programs, others) {
  const app = join(folder, name, 'app')
  const { imports, packages } = copyModules({ entries: programs, root: '.', target: app })
  await packModules({ imports, root: '.', target: app })
  for (const other of others) cpSync(other, join(app, other), { recursive: true })
  writeFileSync(join(app, 'THIRD-PARTY-LICENSES.txt'), licensesOf(packages))
  const bill = billOf(name, new Set(packages.values()))
  writeFileSync(join(app, 'sbom.cdx.json'), `${JSON.stringify(bill, undefined, 2)}\n`)
}

/** What the packages' authors want to go with their code, one after the other. */
function licensesOf(packages) {
  const texts = [...packages].map(([place, package_]) => {
    const files = readdirSync(place).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    const { license = 'see its own page' } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'))
    const text = files.map((file) => readFileSync(join(place, file), 'utf8').trim()).join('\n\n')
    return `${package_} (${license})\n\n${text}\n`
  })
  return texts.toSorted().join(`\n${'-'.repeat(80)}\n`)
}

/** The part of the list that is about these packages. */
function billOf(name, packages) {
  const components = everything.components.filter((component) => packages.has(`${component.name}@${component.version}`))
  const kept = new Set(components.map((component) => component['bom-ref']))
  const { component } = everything.metadata
  const dependencies = everything.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => kept.has(one)) }))
  return {
    ...everything,
    metadata: { ...everything.metadata, component: { ...component, description: `image ${name}` } },
    components,
    dependencies,
  }
}

if (wanted('sidecar')) {
  await layOut('sidecar', ['dist/sidecar/main.js'], ['LICENSE', 'NOTICE'])
  writeFileSync(join(folder, 'sidecar/app/package.json'), '{"type":"module"}\n')
}
if (wanted('entrypoint')) {
  await layOut(
    'entrypoint',
    ['dist/entrypoint/main.js', 'dist/cli/main.js', 'dist/demo/main.js'],
    [
      'LICENSE',
      'NOTICE',
      'package.json',
      'cli/dsc.mjs',
      'dist/config/assets',
      'dist/demo/simulated-connector/recordings',
    ],
  )
  mkdirSync(join(folder, 'entrypoint/data'), { recursive: true })
  mkdirSync(join(folder, 'entrypoint/usr/local/bin'), { recursive: true })
  writeFileSync(join(folder, 'entrypoint/usr/local/bin/dsc'), '#!/bin/sh\nexec node /app/cli/dsc.mjs "$@"\n', {
    mode: 0o755,
  })
}
