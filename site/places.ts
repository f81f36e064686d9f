import { posix } from 'node:path'

/** Folders and files of the repository that become pages, by the file's path, and the page's path in the site. */
const pages: readonly (readonly [RegExp, string])[] = [
  [/^docs\/README\.md$/, 'overview.md'],
  [/^docs\/(.+\/)?README\.md$/, '$1index.md'],
  [/^docs\/(.+\.md)$/, '$1'],
  [/^site\/pages\/(.+\.md)$/, '$1'],
  [/^config\/assets\/([^/]+)\/README\.md$/, 'examples/$1.md'],
  [/^testbed\/README\.md$/, 'contributing/testbed.md'],
  [/^CONTRIBUTING\.md$/, 'contributing/index.md'],
  [/^CHANGELOG\.md$/, 'changelog.md'],
  [/^SECURITY\.md$/, 'reporting-vulnerabilities.md'],
  [/^README\.md$/, 'about.md'],
]

/** Files that browsers show as what they are; others are served as text. */
const shownAsTheyAre = /\.(?:csv|html|json|svg|txt)$/

/** Where a file that is no page lies in the site, relative to its root. */
export function addressOf(file: string): string {
  return `files/${file}${shownAsTheyAre.test(file) ? '' : '.txt'}`
}

/** The page that a file of the repository becomes, such as `decisions/index.md`; `undefined` where it becomes none. */
export function pageOf(file: string): string | undefined {
  const found = pages.find(([pattern]) => pattern.test(file))
  return found === undefined ? undefined : file.replace(found[0], (_, ...groups: unknown[]) => filled(found[1], groups))
}

function filled(page: string, groups: readonly unknown[]): string {
  return page.replace(/\$(\d)/g, (_, number: string) => {
    const group = groups[Number(number) - 1]
    return typeof group === 'string' ? group : ''
  })
}

/** Where a link of a page leads in the site. */
export type Target =
  /** Elsewhere, or within the page: as it is. */
  | { readonly kind: 'as-it-is' }
  /** To another page: its address from the site's root, such as `/decisions/#x`. */
  | { readonly kind: 'page'; readonly href: string }
  /** To a file, which has to be put there: `/files/k8s/role.yaml.txt`. */
  | { readonly kind: 'file'; readonly href: string; readonly file: string }

/**
 * Resolves a link as a reader of the repository would.
 * @param from the file with the link, relative to the repository
 */
export function targetOf(from: string, link: string): Target {
  if (/^([a-z][a-z0-9+.-]*:|#|\/\/)/i.test(link)) return { kind: 'as-it-is' }
  const [path = '', heading] = link.split('#')
  const file = path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(from), decodeURIComponent(path))
  const page = pageOf(file)
  if (page === undefined) return { kind: 'file', href: `/${addressOf(file)}`, file }
  const address = `/${page.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '')}`
  return { kind: 'page', href: heading === undefined ? address : `${address}#${heading}` }
}
