import type { Problem } from '../../core/errors.ts'
import type { PlacedProblem } from '../cli-error.ts'
import type { Position } from './positions.ts'

/** The files that the problems of an asset lie in. */
export interface ProblemFiles {
  readonly asset: string
  readonly envFile: string | undefined
  readonly at: (path: string) => Position | undefined
}

/** Gives a problem of the asset's reader its file and line: `dotenv line 3`, `asset line 5, column 3`, or a path in the asset. */
export function placeProblem(problem: Problem, { asset, envFile, at }: ProblemFiles): PlacedProblem {
  const { where, message } = problem
  const dotenv = /^dotenv(?: line (\d+))?$/.exec(where)
  if (dotenv !== null && envFile !== undefined) {
    return { where: '', message, file: envFile, ...(dotenv[1] === undefined ? {} : { line: Number(dotenv[1]) }) }
  }
  if (where === 'asset') return { where: '', message, file: asset }
  const syntax = /^asset line (\d+), column (\d+)$/.exec(where)
  if (syntax !== null) return { where: '', message, file: asset, line: Number(syntax[1]), column: Number(syntax[2]) }
  return { where, message, file: asset, ...at(where) }
}
