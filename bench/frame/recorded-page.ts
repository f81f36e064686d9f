import { withMeasured } from '../../test/support/recorded-page.ts'
import { markdownOf } from './markdown.ts'
import type { Report } from './report.ts'

/** The page with the report in the place of the one it had. @throws Error where the page has no such place */
export function recordedPage(page: string, report: Report): string {
  return withMeasured(page, markdownOf(report))
}
