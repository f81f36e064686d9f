// Copies a compiled program with just the modules it reaches: node modules-of.mjs ENTRY.js ROOT TARGET
// Files below ROOT keep their place under TARGET; packages they import go to TARGET/node_modules with their own dependencies.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { builtinModules, createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'

const [entry, root, target] = process.argv.slice(2).map((path) => resolve(path))
const seen = new Set()
const packages = new Set()

/** Takes a file and, through its import and export statements, everything it reaches. */
function follow(file) {
  if (seen.has(file)) return
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  const specifiers = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g)].map((match) => match[1])
  for (const specifier of specifiers) {
    if (specifier.startsWith('.')) follow(resolve(dirname(file), specifier))
    else if (!specifier.startsWith('node:') && !builtinModules.includes(specifier)) take(nameOf(specifier), file)
  }
  const place = join(target, relative(root, file))
  mkdirSync(dirname(place), { recursive: true })
  cpSync(file, place)
}

const nameOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

/** Takes a package as `from` would find it, and its dependencies. */
function take(name, from) {
  const folders = createRequire(from).resolve.paths(name) ?? []
  const folder = folders.map((modules) => join(modules, name)).find((path) => existsSync(join(path, 'package.json')))
  if (folder === undefined) throw new Error(`${from} imports ${name}, which is not installed: run npm ci`)
  if (packages.has(folder)) return
  packages.add(folder)
  const place = join(target, 'node_modules', folder.slice(folder.indexOf('/node_modules/') + '/node_modules/'.length))
  cpSync(folder, place, { recursive: true, filter: (path) => !path.slice(folder.length).includes('/node_modules') })
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  for (const dependency of Object.keys(manifest.dependencies ?? {})) take(dependency, join(folder, 'package.json'))
}

follow(entry)
writeFileSync(join(target, 'package.json'), '{"type":"module"}\n')
