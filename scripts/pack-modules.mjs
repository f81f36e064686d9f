// Packs what a program imports of other people's packages into few files. As they are published they keep some 11 MiB more of the
// memory of a running service, and most of them is never called.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { nameOf } from './modules-of.mjs'

/** In packed files `require` is for Node's own modules only. */
const banner =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);"

/**
 * Writes `target`/node_modules with a module for each import, which offers every name that the published one offers.
 * @param {{ imports: Iterable<string>, root: string, target: string }} program imports: as they stand in the code, such as `ajv/dist/2020.js`;
 *   root: of the project, where the packages are installed
 */
export async function packModules({ imports, root, target }) {
  const entries = new Map()
  for (const specifier of imports) entries.set(placeOf(specifier), specifier)
  if (entries.size === 0) return
  await build({
    entryPoints: [...entries.keys()].map((place) => ({ in: `packed:${place}`, out: place.replace(/\.js$/, '') })),
    outdir: join(target, 'node_modules'),
    chunkNames: '.packed/[name]-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    keepNames: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    banner: { js: banner },
    logLevel: 'error',
    plugins: [{ name: 'packed', setup: (builder) => offerEverything(builder, entries, resolve(root)) }],
  })
  for (const [name, places] of placesByPackage(entries)) {
    const folder = join(target, 'node_modules', name)
    mkdirSync(folder, { recursive: true })
    const exports = Object.fromEntries(
      places.map(({ specifier, place }) => [`.${specifier.slice(name.length)}`, `.${place.slice(name.length)}`]),
    )
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ name, type: 'module', exports })}\n`)
  }
}

/** Each entry hands on all that Node sees of the package: of one in CommonJS a packer knows the default export only. */
function offerEverything(builder, entries, root) {
  builder.onResolve({ filter: /^packed:/ }, ({ path }) => ({ path: path.slice('packed:'.length), namespace: 'packed' }))
  builder.onLoad({ filter: /.*/, namespace: 'packed' }, async ({ path }) => {
    const specifier = entries.get(path)
    const names = Object.keys(await import(specifier)).filter((name) => name !== 'module.exports')
    return {
      contents: `export { ${names.map((name) => `${name} as ${JSON.stringify(name)}`).join(', ')} } from '${specifier}'`,
      resolveDir: root,
    }
  })
}

/** Where the module of an import lies below node_modules. */
function placeOf(specifier) {
  const name = nameOf(specifier)
  if (specifier === name) return `${name}/index.js`
  return specifier.endsWith('.js') ? specifier : `${specifier}.js`
}

function placesByPackage(entries) {
  return Map.groupBy(
    [...entries].map(([place, specifier]) => ({ place, specifier })),
    ({ specifier }) => nameOf(specifier),
  )
}
