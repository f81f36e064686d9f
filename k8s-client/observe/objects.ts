import { z } from 'zod'

const time = z.string().transform((text, context) => {
  const value = Date.parse(text)
  if (!Number.isNaN(value)) return value
  context.addIssue({ code: 'custom', message: 'no time' })
  return z.NEVER
})
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')
/** Go's zero time, which a container that never started has as `startedAt`, is no time. */
const maybeTime = time.nullish().transform((value) => (value === 0 ? undefined : (value ?? undefined)))

const metadataSchema = z.object({
  name: z.string(),
  uid: z.string(),
  resourceVersion: text,
  generation: z.number().nullish(),
  labels: z
    .record(z.string(), z.string())
    .nullish()
    .transform((labels) => labels ?? {}),
  creationTimestamp: time,
  deletionTimestamp: maybeTime,
  deletionGracePeriodSeconds: z.number().nullish(),
  ownerReferences: z.array(z.object({ uid: z.string() })).nullish(),
})

const terminatedSchema = z.object({
  exitCode: z.int(),
  reason: text,
  message: text,
  startedAt: maybeTime,
  finishedAt: maybeTime,
})

const containerStatusSchema = z.object({
  name: z.string(),
  image: text,
  state: z
    .object({
      waiting: z.object({ reason: text, message: text }).nullish(),
      running: z.object({ startedAt: maybeTime }).nullish(),
      terminated: terminatedSchema.nullish(),
    })
    .nullish(),
})

const conditionSchema = z.object({
  type: z.string(),
  status: z.string(),
  reason: text,
  message: text,
  lastTransitionTime: maybeTime,
})

function listOf<T extends z.ZodType>(schema: T) {
  return z
    .array(schema)
    .nullish()
    .transform((list) => list ?? [])
}

const podSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({ activeDeadlineSeconds: z.number().nullish() }),
  status: z.object({
    phase: text,
    reason: text,
    message: text,
    startTime: maybeTime,
    conditions: listOf(conditionSchema),
    initContainerStatuses: listOf(containerStatusSchema),
    containerStatuses: listOf(containerStatusSchema),
  }),
})

const jobSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({ suspend: z.boolean().nullish() }),
  status: z
    .object({ startTime: maybeTime, completionTime: maybeTime, conditions: listOf(conditionSchema) })
    .nullish()
    .transform((status) => status ?? { startTime: undefined, completionTime: undefined, conditions: [] }),
})

const eventSchema = z.object({ reason: text, message: text, lastTimestamp: maybeTime, eventTime: maybeTime })

/** What is read of any object's metadata. Times are milliseconds since 1970, to the second, by the API server's clock. */
export type Metadata = z.output<typeof metadataSchema>
/** What is read of a pod. */
export type Pod = z.output<typeof podSchema>
/** What is read of a Job. */
export type JobObject = z.output<typeof jobSchema>
/** How a container ended. */
export type Terminated = z.output<typeof terminatedSchema>
/** What the kubelet says of a container. */
export type ContainerStatus = z.output<typeof containerStatusSchema>
/** What is read of an event. */
export type EventObject = z.output<typeof eventSchema>

/** Reads a pod that came from the API server; a pod that is not one is an Error. */
export function readPod(object: unknown): Pod {
  return readAs('pod', podSchema, object)
}

/** Reads a Job that came from the API server. */
export function readJob(object: unknown): JobObject {
  return readAs('Job', jobSchema, object)
}

/** Reads an event that came from the API server. */
export function readEvent(object: unknown): EventObject {
  return readAs('event', eventSchema, object)
}

/** Reads the metadata of any object, whole or by itself. */
export function readMetadata(object: unknown): Metadata {
  return readAs('object', z.object({ metadata: metadataSchema }), object).metadata
}

/** Reads the metadata of one object among many; `undefined` where it is none, so that one broken object does not cost the others. */
export function metadataOf(object: unknown): Metadata | undefined {
  const result = z.object({ metadata: metadataSchema }).safeParse(object)
  return result.success ? result.data.metadata : undefined
}

function readAs<T extends z.ZodType>(what: string, schema: T, object: unknown): z.output<T> {
  const result = schema.safeParse(object)
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
  throw new Error(`the API server sent a ${what} that cannot be read: ${problems}`)
}
