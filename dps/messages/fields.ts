import { z } from 'zod'

/**
 * An id of the other side: not empty, at most 1,024 characters, free of control characters and of halves of surrogate pairs,
 * which databases and logs cannot keep. The specification sets no bounds.
 */
export const idSchema = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must be free of control characters')

/** An address of the other side: an absolute http or https URL of at most 4,096 characters, without user and password. */
export const urlSchema = z
  .string()
  .max(4096)
  .refine(isPlainHttpUrl, 'expected an absolute http or https URL without user and password')

/** A text for people, such as a reason: at most 65,536 characters. */
export const textSchema = z.string().max(65_536)

/** A field that the other side may leave out or set to null: EDC does both. */
export function absent<S extends z.ZodType>(schema: S): z.ZodType<z.output<S> | undefined> {
  return schema.nullish().transform((value) => value ?? undefined)
}

function isPlainHttpUrl(value: string): boolean {
  // Not canParse: it says yes to names of more than 16,384 characters, which then do not parse (Node 24).
  const url = URL.parse(value)
  if (url === null) return false
  const { protocol, username, password } = url
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === ''
}
