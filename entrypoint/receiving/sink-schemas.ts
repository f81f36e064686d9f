import { z } from 'zod'
import { sha256Schema } from '../http/answer.ts'

/** What a provider is answered that has sent a file. */
export const takenFileSchema = z
  .strictObject({
    path: z.string().meta({ description: 'Below the address of the destination.' }),
    size: z.int().min(0).meta({ description: 'Bytes.' }),
    sha256: sha256Schema,
  })
  .meta({ id: 'TakenFile' })
