// Copies a compiled program with just the modules it reaches.
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'

/** What of a package is of no use to a program that runs: types, maps, pages, tests. */
const useless = /\.(d\.[cm]?ts|[cm]?ts|map|md|markdown)$|\/(test|tests|__tests__|docs|example|examples)$/

/** Some packages depend on these for the runtime Bare; Node never loads them. */
const otherRuntime = 'bare-'

/**
 * Copies the modules that the entries reach through their import and export statements. Files below `root` keep their place under
 * `target`; packages go to `target`/node_modules with their own dependencies, without what a running program does not need.
 * @param {{ entries: readonly string[], root: string, target: string }} program
 * @returns {ReadonlySet<string>} the packages, each as `name@version`
 */
export function copyModules({ entries, root, target }) {
  const seen = new Set()
  const packages = new Map()

  function follow(file) {
    if (seen.has(file)) return
    seen.add(file)
    const text = readFileSync(file, 'utf8')
    const specifiers = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([\w@./:-]+)['"]/g)].map((match) => match[1])
    for (const specifier of specifiers) {
      if (specifier.startsWith('.')) follow(resolve(dirname(file), specifier))
      else if (!specifier.startsWith('node:') && !builtinModules.includes(specifier)) take(nameOf(specifier), file)
    }
    const place = join(target, relative(root, file))
    mkdirSync(dirname(place), { recursive: true })
    cpSync(file, place)
  }

  /** Takes a package as `from` would find it, and its dependencies. */
  function take(name, from, optional = false) {
    if (name.startsWith(otherRuntime)) return
    const folder = placesOf(name, dirname(from)).find((path) => existsSync(join(path, 'package.json')))
    if (folder === undefined && optional) return
    if (folder === undefined) throw new Error(`${from} imports ${name}, which is not installed: run npm ci`)
    if (packages.has(folder)) return
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    packages.set(folder, `${manifest.name}@${manifest.version}`)
    const place = join(target, 'node_modules', folder.slice(folder.indexOf('/node_modules/') + '/node_modules/'.length))
    cpSync(folder, place, {
      recursive: true,
      filter: (path) => {
        const below = path.slice(folder.length)
        return !below.includes('/node_modules') && !useless.test(below)
      },
    })
    for (const dependency of Object.keys(manifest.dependencies ?? {})) take(dependency, join(folder, 'package.json'))
    for (const peer of Object.keys(manifest.peerDependencies ?? {})) take(peer, join(folder, 'package.json'), true)
  }

  for (const entry of entries) follow(resolve(entry))
  return new Set(packages.values())
}

/** Where a package may lie, from the nearest folder up. (Node's own lookup gives nothing for a package that is named like a built-in module.) */
function placesOf(name, folder) {
  const places = []
  for (let at = folder; at !== dirname(at); at = dirname(at)) places.push(join(at, 'node_modules', name))
  return places
}

const nameOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
