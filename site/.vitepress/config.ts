import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vitepress'
import { headingName } from '../heading-name.ts'
import { navigation } from '../navigation.ts'
import { addressOf, pageOf, targetOf } from '../places.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Files that pages link to; they are put into the site. */
const linked = new Set(['docs/openapi/admin.json', 'docs/openapi/public.json'])
const here = join(root, 'site')
const base = process.env['SITE_BASE'] ?? '/'
const modulesFromHere: Plugin = {
  name: 'modules-from-here',
  enforce: 'pre',
  resolveId(id) {
    return /^vue($|\/)/.test(id) ? this.resolve(id, join(here, 'package.json'), { skipSelf: true }) : undefined
  },
}

/** The file that a page was made of, as VitePress tells it to markdown-it's rules. */
function sourceOf(environment: unknown): string {
  if (typeof environment !== 'object' || environment === null) throw new Error('VitePress told nothing of the page')
  if ('realPath' in environment && typeof environment.realPath === 'string') return environment.realPath
  if ('path' in environment && typeof environment.path === 'string') return environment.path
  throw new Error('VitePress told no path of the page')
}

export default defineConfig({
  title: 'dataspace-compute',
  description: 'Lets the provider of an Eclipse dataspace connector offer computation, not only data',
  base,
  lang: 'en',
  srcDir: '..',
  outDir: './dist',
  srcExclude: globSync('**/*.md', { cwd: root, exclude: ['**/node_modules', '**/dist'] }).filter(
    (file) => pageOf(file) === undefined,
  ),
  rewrites: (file) => pageOf(file) ?? file,
  lastUpdated: false,
  head: [['link', { rel: 'icon', href: `${base}icon.svg`, type: 'image/svg+xml' }]],
  // Pages lie above the folder with the modules, where they are not looked for.
  vite: {
    publicDir: join(here, 'public'),
    plugins: [modulesFromHere],
    ssr: { external: ['vue', 'vue/server-renderer'] },
  },
  markdown: {
    linkify: false, // addresses in text are examples
    anchor: { slugify: headingName },
    toc: { slugify: headingName },
    headers: { slugify: headingName },
    config(markdown) {
      markdown.core.ruler.push('links-of-the-repository', (state) => {
        const from = relative(root, sourceOf(state.env))
        for (const token of state.tokens.flatMap((block) => block.children ?? [])) {
          if (token.type !== 'link_open') continue
          const target = targetOf(from, token.attrGet('href') ?? '')
          if (target.kind === 'as-it-is') continue
          token.attrSet('href', target.href)
          if (target.kind === 'page') continue
          if (!existsSync(join(root, target.file)) || !statSync(join(root, target.file)).isFile())
            throw new Error(`${from} links to ${target.file}, which is no file`)
          linked.add(target.file)
          token.attrSet('target', '_blank')
        }
      })
    },
  },
  buildEnd({ outDir }) {
    // Whoever reads the site talks to its server only.
    for (const file of globSync('**/*.html', { cwd: outDir })) {
      const foreign = /<(?:script|img|link|iframe)\b[^>]*\b(?:src|href)="(?:https?:)?\/\/[^"]*"/.exec(
        readFileSync(join(outDir, file), 'utf8'),
      )
      if (foreign !== null) throw new Error(`${file} loads something from elsewhere: ${foreign[0]}`)
    }
    for (const file of linked) {
      const copy = join(outDir, addressOf(file))
      mkdirSync(dirname(copy), { recursive: true })
      copyFileSync(join(root, file), copy)
    }
  },
  themeConfig: {
    ...navigation,
    logo: '/icon.svg',
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    footer: { message: 'Apache License 2.0' },
  },
})
