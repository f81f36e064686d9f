import type { Explanation } from '../why/explanation.ts'
import { clean } from './clean.ts'
import type { Style } from './style.ts'
import { wrap } from './wrap.ts'

/** An explanation for people. */
export function formatExplanation(
  { headline, details, failure, hint, next }: Explanation,
  lastLines: readonly string[],
  { width, style }: { readonly width: number | undefined; readonly style: Style },
): string {
  const paragraph = (text: string, indent = ''): string => `${wrap(clean(text), width, indent)}\n`
  const part = (title: string, body: string): string => (body === '' ? '' : `\n${style.bold(title)}\n${body}`)
  const message = failure === undefined ? '' : paragraph(failure.message, '  ')
  return [
    style.bold(paragraph(headline).trimEnd()),
    '\n',
    ...details.map((text) => paragraph(text)),
    part('What happened', message),
    part('Last lines of the log', lastLines.map((line) => `  ${clean(line)}\n`).join('')),
    part('What to do', hint === undefined ? '' : paragraph(hint, '  ')),
    part('What happens next', next.map((text) => paragraph(text, '  ')).join('')),
  ].join('')
}
