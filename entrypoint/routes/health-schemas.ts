import { z } from 'zod'

/** `/livez`. */
export const aliveSchema = z.strictObject({ alive: z.literal(true) }).meta({ id: 'Alive' })

/** `/readyz` on the public listener. */
export const readySchema = z.strictObject({ ready: z.boolean() }).meta({ id: 'Ready' })

/** `/readyz` on the admin listener. */
export const readinessSchema = z
  .strictObject({
    ready: z.boolean(),
    checks: z
      .record(z.string(), z.string())
      .meta({ description: 'By the name of what is checked: ok, or what is wrong.' }),
  })
  .meta({ id: 'Readiness' })
