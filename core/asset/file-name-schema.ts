import { z } from 'zod'
import { pathProblem } from '../result/paths.ts'

/** The name of one file or folder, as results may have it. */
export const fileNameSchema = z.string().superRefine((name, context) => {
  const message = problemOf(name)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

function problemOf(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (name.includes('/') || name === '.' || name === '..') return 'expected the name of a file, without / and folders'
  return pathProblem(name)
}
