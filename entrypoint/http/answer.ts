import { z } from 'zod'

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T

/** What a route answers, by the schema that describes it in the OpenAPI document: so neither can change without the other. */
export type Answer<S extends z.ZodType> = DeepReadonly<z.output<S>>

/** A time in ISO 8601 with milliseconds, in UTC. */
export const timeSchema = z.string().meta({ format: 'date-time', examples: ['2026-11-21T10:47:41.969Z'] })

/** A SHA-256 in hexadecimal. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/)

/** The names of an object's own properties, in order. */
export function namesOf<T extends object>(named: T): readonly (keyof T & string)[] {
  return Object.keys(named).filter((name): name is keyof T & string => Object.hasOwn(named, name))
}
