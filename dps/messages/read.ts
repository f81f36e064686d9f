import { z } from 'zod'
import { DataPlaneError } from '../data-plane.ts'

/**
 * Reads a message by its schema.
 * @param name what it is called in the refusal, such as `DataFlowStartMessage`
 * @throws DataPlaneError 400 `invalid-message`, which names every field that is wrong; no value is repeated, it may be a secret
 */
export function readMessage<S extends z.ZodType>(schema: S, name: string, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body, { error: wording })
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${z.core.toDotPath(path)}: ${message}`,
  )
  throw new DataPlaneError(400, 'invalid-message', `This is no ${name}: ${[...new Set(problems)].join('; ')}.`)
}

/** The fields of T, those that may be undefined as optional ones. */
type WithoutUndefined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** The same message without the fields that are undefined. */
export function withoutUndefined<T extends object>(message: T): WithoutUndefined<T> {
  const entries = Object.entries(message).filter(([, value]) => value !== undefined)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- fromEntries knows nothing of the names
  return Object.fromEntries(entries) as WithoutUndefined<T>
}

/** What zod says in a programmer's words. */
function wording(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return 'is missing'
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${issue.expected === 'array' ? 'a list' : `a JSON ${issue.expected}`}`
    case 'too_small':
      return 'is empty'
    case 'too_big':
      return `expected at most ${issue.maximum} ${issue.origin === 'array' ? 'entries' : 'characters'}`
    default:
      return undefined
  }
}
