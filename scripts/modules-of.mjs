// Copies a compiled program with just the modules it reaches, and says what it needs of other people's packages.
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'

/** Some packages depend on these for the runtime Bare; Node never loads them. */
const otherRuntime = 'bare-'

/**
 * Copies the modules that the entries reach through their import and export statements. Files below `root` keep their place under
 * `target`; packages are not copied.
 * @param {{ entries: readonly string[], root: string, target: string }} program
 * @returns {{ imports: ReadonlySet<string>, packages: ReadonlyMap<string, string> }} imports: of packages, as they stand in the code; packages: the
 *   folders of those and of their dependencies, each with its `name@version`
 */
export function copyModules({ entries, root, target }) {
  const seen = new Set()
  const imports = new Set()
  const packages = new Map()

  function follow(file) {
    if (seen.has(file)) return
    seen.add(file)
    const text = readFileSync(file, 'utf8')
    const specifiers = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([\w@./:-]+)['"]/g)].map((match) => match[1])
    for (const specifier of specifiers) {
      if (specifier.startsWith('.')) follow(resolve(dirname(file), specifier))
      else if (!specifier.startsWith('node:') && !builtinModules.includes(specifier)) {
        imports.add(specifier)
        take(nameOf(specifier), file)
      }
    }
    const place = join(target, relative(root, file))
    mkdirSync(dirname(place), { recursive: true })
    cpSync(file, place)
  }

  /** Notes a package as `from` would find it, and its dependencies. */
  function take(name, from, optional = false) {
    if (name.startsWith(otherRuntime)) return
    const folder = placesOf(name, dirname(from)).find((path) => existsSync(join(path, 'package.json')))
    if (folder === undefined && optional) return
    if (folder === undefined) throw new Error(`${from} imports ${name}, which is not installed: run npm ci`)
    if (packages.has(folder)) return
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    packages.set(folder, `${manifest.name}@${manifest.version}`)
    for (const dependency of Object.keys(manifest.dependencies ?? {})) take(dependency, join(folder, 'package.json'))
    for (const peer of Object.keys(manifest.peerDependencies ?? {})) take(peer, join(folder, 'package.json'), true)
  }

  for (const entry of entries) follow(resolve(entry))
  return { imports, packages }
}

/** Where a package may lie, from the nearest folder up. (Node's own lookup gives nothing for a package that is named like a built-in module.) */
function placesOf(name, folder) {
  const places = []
  for (let at = folder; at !== dirname(at); at = dirname(at)) places.push(join(at, 'node_modules', name))
  return places
}

/** Name of the package that an import is of: `ajv` of `ajv/dist/2020.js`. */
export const nameOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
