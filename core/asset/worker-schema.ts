import { z } from 'zod'
import { byteLength } from './dotenv.ts'
import { environmentNameProblem, maximumValueBytes } from './environment.ts'
import { fileNameSchema } from './file-name-schema.ts'
import { objectNameSchema } from './placement-schema.ts'

/** Linux takes 128 KiB as one argument, and the Job must fit into etcd (1.5 MiB) with every `$` doubled. */
const mostCommandBytes = 128 * 1024

const environmentName = z.string().superRefine((name, context) => {
  const message = environmentNameProblem(name)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

const environmentValue = z
  .string()
  .superRefine(passable)
  .refine((value) => byteLength(value) <= maximumValueBytes, { error: `expected at most ${maximumValueBytes} bytes` })

const command = z
  .array(z.string().max(8192).superRefine(passable))
  .min(1)
  .max(256)
  .refine(([program]) => program !== '', { error: 'is empty; expected the program to run', path: [0] })
  .refine((parts) => parts.reduce((sum, part) => sum + byteLength(part), 0) <= mostCommandBytes, {
    error: `expected at most ${mostCommandBytes} bytes together; put long scripts into the image`,
  })

/** Root is refused: 0 is not among them. */
const identity = z.int().min(1, 'expected at least 1: a worker never runs as root').max(2_000_000_000)

/** What computes. */
export const workerSchema = z.strictObject({
  image: z.string().min(1).max(512),
  pullSecrets: unique(z.array(objectNameSchema).max(8)).default([]),
  command: command.optional(),
  runAs: z.strictObject({ user: identity, group: identity }).default({ user: 65532, group: 65532 }),
  local: z.strictObject({ directory: z.string().min(1).max(1024).default('.'), command }).optional(),
  envFile: fileNameSchema.optional(),
  env: z.record(environmentName, environmentValue).default({}),
  secrets: unique(z.array(environmentName).max(64)).default([]),
  network: z.enum(['sidecar', 'none']).default('sidecar'),
})

/** What can be in no environment variable or argument, or would change on its way there. */
function passable(value: string, context: z.RefinementCtx): void {
  if (value.includes('\0')) context.addIssue({ code: 'custom', message: 'holds a NUL character' })
  if (!value.isWellFormed())
    context.addIssue({ code: 'custom', message: 'holds half a character (a surrogate such as \\ud800 alone)' })
}

/** Refuses a name that stands in a list twice: to Kubernetes the second would hide the first. */
function unique<S extends z.ZodType<readonly string[]>>(list: S): S {
  return list.superRefine((names, context) => {
    for (const [index, name] of names.entries())
      if (names.indexOf(name) !== index)
        context.addIssue({ code: 'custom', path: [index], message: `${name} stands in the list twice` })
  })
}
