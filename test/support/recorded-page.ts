const begin = '<!-- measured:report -->'
const end = '<!-- /measured -->'

/** The page with a text in the place of the measured one that it had. @throws Error where the page has no such place */
export function withMeasured(page: string, text: string): string {
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error(`the page has no place for a report, between ${begin} and ${end}`)
  return `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`
}
