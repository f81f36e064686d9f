import type { CliError, PlacedProblem } from '../cli-error.ts'
import { exitCodes } from '../exit-codes.ts'
import { clean, cleanLine } from './clean.ts'
import type { Style } from './style.ts'
import { wrap } from './wrap.ts'

/** Where a problem lies, as editors and terminals know to open it: `asset.yaml:11:10 worker.image`. */
function formatPlace({ file, line, column, where }: PlacedProblem): string {
  const position = [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':')
  return cleanLine([position, where].filter((part) => part !== '').join(' '))
}

/** One problem a line. */
export function formatProblems(problems: readonly PlacedProblem[], style: Style): string {
  return problems
    .map((problem) => {
      const place = formatPlace(problem)
      return `  ${place === '' ? '' : `${style.bold(place)}: `}${cleanLine(problem.message)}\n`
    })
    .join('')
}

/** An error for people: title, detail, each problem with where it is, what to do. */
export function formatError(error: CliError, { width, style }: { width: number | undefined; style: Style }): string {
  const { detail, problems = [], hint, requestId } = error.options
  const paragraph = (text: string): string => `${wrap(clean(text), width)}\n`
  return [
    paragraph(`${style.bad('error:')} ${error.message}`),
    detail === undefined || detail === '' ? '' : paragraph(detail),
    formatProblems(problems, style),
    hint === undefined ? '' : paragraph(`${style.bold('hint:')} ${hint}`),
    requestId === undefined || error.exit !== 'failed' ? '' : paragraph(style.dim(`request id: ${requestId}`)),
  ].join('')
}

/** The same for programs, one line of JSON. */
export function errorJson(error: CliError): string {
  const { detail, problems, hint, code, status, requestId } = error.options
  const body = {
    title: error.message,
    detail,
    code,
    status,
    problems,
    hint,
    requestId,
    exitCode: exitCodes[error.exit].code,
  }
  return `${JSON.stringify({ error: body })}\n`
}
