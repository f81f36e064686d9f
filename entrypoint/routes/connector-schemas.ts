import { z } from 'zod'

/** What a provision message is answered. */
export const provisionedSchema = z
  .strictObject({
    jobId: z.string().optional().meta({ description: 'Absent where a deprovision names nothing known.' }),
  })
  .meta({ id: 'Provisioned' })
