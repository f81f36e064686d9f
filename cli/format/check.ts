import type { ShownCheck } from '../api/checks.ts'
import type { Output } from '../context.ts'
import { clean } from './clean.ts'
import { wrap } from './wrap.ts'

/** What a check of the whole found, rule by rule, with what to do about it. */
export function formatCheck({ findings, seen }: ShownCheck, { width, style }: Output): string {
  const { jobs, transfers, results, callbacks, receptions, attempts, objects, processes } = seen
  const counted = [
    `${jobs} jobs`,
    `${transfers} transfers`,
    `${results} results`,
    `${callbacks} callbacks`,
    `${receptions} receptions`,
    `${attempts} attempts on the backend`,
    `${objects} objects`,
    ...(processes === 0 ? [] : [`${processes} transfer processes`]),
  ]
  const head = findings.length === 0 ? style.good('nothing was found') : style.bad(`${findings.length} findings`)
  const byRule = Map.groupBy(findings, ({ rule }) => rule)
  const parts = [...byRule].map(([rule, found]) => {
    const [{ promise, hint } = { promise: '', hint: '' }] = found
    const messages = found.map(({ message }) => `${wrap(clean(message), width, '  ')}\n`)
    return `\n${style.bold(rule)}: ${clean(promise)}\n${messages.join('')}${style.dim(wrap(clean(hint), width, '  '))}\n`
  })
  return `${head}; looked at ${counted.join(', ')}\n${parts.join('')}`
}
