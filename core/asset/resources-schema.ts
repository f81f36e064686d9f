import { z } from 'zod'
import { extendedResourcePattern } from './kubernetes-syntax.ts'
import { isWholeBytes, isWholeThousandths, parseQuantity, quantityPattern } from './quantity.ts'

const quantity = (error: string) => z.string().regex(quantityPattern, { error, abort: true })

/** Eight pebibytes: what JavaScript counts exactly, and more than any node has. */
const mostBytes = 2 ** 53

function bytesOf(least: number, shown: string) {
  return quantity('expected a number of bytes such as 512Mi or 2Gi').refine(
    (value) => isWholeBytes(value) && within(value, least, mostBytes),
    {
      error: `expected a whole number of bytes, from ${shown} to 8Pi, such as 512Mi or 2Gi`,
    },
  )
}

function within(value: string, least: number, most: number): boolean {
  const amount = parseQuantity(value) ?? Number.NaN
  return amount >= least && amount <= most
}

/** A number of bytes, at least one, as a number once read. */
export const bytesSchema = bytesOf(1, '1').transform((value) => parseQuantity(value) ?? Number.NaN)

/** A number of cores, as it is written. 0 is refused: to Kubernetes a limit of 0 means none. */
export const cpuSchema = quantity('expected a number of cores such as 500m or 2').refine(
  (value) => isWholeThousandths(value) && within(value, 0.001, 1_000_000),
  {
    error: 'expected from 1m (a thousandth of a core) to 1000000 cores, no finer than 1m, such as 500m or 2',
  },
)

/** An amount of memory or disk, as it is written. 0 is refused: to Kubernetes a limit of 0 means none. */
export const memorySchema = bytesOf(2 ** 20, '1Mi')

/** What a job gets, and no more. Quantities stay as they are written. */
export const resourcesSchema = z.strictObject({
  cpu: cpuSchema.default('1'),
  memory: memorySchema.default('1Gi'),
  ephemeralStorage: memorySchema.default('2Gi'),
  sharedMemory: memorySchema.optional(),
  gpu: z
    .strictObject({
      resource: z
        .string()
        .regex(
          extendedResourcePattern,
          'expected the name of an extended resource such as nvidia.com/gpu, with a domain that is not kubernetes.io',
        ),
      count: z.int().min(1).max(64),
    })
    .optional(),
})
