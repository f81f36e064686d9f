import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/**
 * Checks every relative link of Markdown files: the file must exist, and a heading named after `#`, too.
 * @returns one line per broken link
 */
export function brokenLinks(root: string, files: readonly string[]): readonly string[] {
  return files.flatMap((file) => {
    const path = join(root, file)
    return linksOf(readFileSync(path, 'utf8')).flatMap((link) => {
      const problem = problemOf(path, link)
      return problem === undefined ? [] : [`${relative(root, path)}: ${link}: ${problem}`]
    })
  })
}

function linksOf(markdown: string): readonly string[] {
  const links = [...withoutCode(markdown).matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)]
  return links.map((match) => match[1] ?? '').filter((link) => !/^[a-z][a-z0-9+.-]*:/i.test(link))
}

function problemOf(path: string, link: string): string | undefined {
  const [file = '', heading] = link.split('#')
  const target = file === '' ? path : resolve(dirname(path), decodeURIComponent(file))
  if (!existsSync(target)) return 'there is no such file'
  if (heading === undefined || statSync(target).isDirectory()) return undefined
  return headingsOf(readFileSync(target, 'utf8')).has(heading) ? undefined : 'the page has no such heading'
}

/** The names that GitHub gives to headings: lower case, without punctuation, `-` for spaces. */
function headingsOf(markdown: string): ReadonlySet<string> {
  const headings = [...withoutFences(markdown).matchAll(/^#{1,6} (.+)$/gm)]
  return new Set(
    headings.map((match) =>
      (match[1] ?? '')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  )
}

function withoutFences(markdown: string): string {
  return markdown.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '')
}

function withoutCode(markdown: string): string {
  return withoutFences(markdown).replaceAll(/`[^`\n]*`/g, '')
}
