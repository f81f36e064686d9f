import { z } from 'zod'
import { problemSchema } from '../http/problem-schema.ts'

/** `/livez`. */
export const aliveSchema = z.strictObject({ alive: z.literal(true) }).meta({ id: 'Alive' })

/** `/readyz` on the public listener. */
export const readySchema = z.strictObject({ ready: z.literal(true) }).meta({ id: 'Ready' })

const checksSchema = z
  .record(z.string(), z.string())
  .meta({ description: 'By the name of what is checked: ok, or what is wrong.' })

/** `/readyz` on the admin listener. */
export const readinessSchema = z
  .strictObject({
    ready: z.boolean(),
    checks: checksSchema,
  })
  .meta({ id: 'Readiness' })

/** `/readyz` where the service is not: a problem, on the admin listener with the checks. */
export const notReadySchema = z
  .strictObject({ ...problemSchema.shape, checks: checksSchema.optional() })
  .meta({ id: 'NotReady', description: 'What went wrong, as application/problem+json (RFC 9457).' })
