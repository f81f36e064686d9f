import { z } from 'zod'
import { errorCatalogue } from '../../core/errors.ts'

/** A problem as every listener sends it (RFC 9457), with a code of the catalogue and nothing that is not documented. */
export const problemSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().min(1),
    code: z.enum(Object.keys(errorCatalogue) as (keyof typeof errorCatalogue)[]),
    hint: z.string(),
    problems: z
      .array(z.strictObject({ where: z.string(), message: z.string().min(1) }))
      .min(1)
      .optional(),
    requestId: z.string().min(1),
  })
  .refine(({ code, type }) => type === `urn:dataspace-compute:error:${code}`)
  .refine(({ code, status, title, hint }) => {
    const entry = errorCatalogue[code]
    return entry.status === status && entry.title === title && entry.hint === hint
  })

/** A problem that was answered. */
export type Problem = z.output<typeof problemSchema>

/** Reads an answer that must be a problem: status, content type and body fit together. */
export async function problemOf(response: Response): Promise<Problem> {
  const type = response.headers.get('content-type')
  if (type?.startsWith('application/problem+json') !== true)
    throw new Error(`${response.status} with content type ${type}: ${await response.text()}`)
  const problem = problemSchema.parse(await response.json())
  if (problem.status !== response.status) throw new Error(`status ${response.status} with a body for ${problem.status}`)
  return problem
}
