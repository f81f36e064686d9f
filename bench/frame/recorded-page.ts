import { markdownOf } from './markdown.ts'
import type { Report } from './report.ts'

const begin = '<!-- measured:report -->'
const end = '<!-- /measured -->'

/** The page with the report in the place of the one it had. @throws Error where the page has no such place */
export function recordedPage(page: string, report: Report): string {
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error(`the page has no place for a report, between ${begin} and ${end}`)
  return `${page.slice(0, from + begin.length)}\n${markdownOf(report)}\n${page.slice(to)}`
}
