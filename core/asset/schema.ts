import { z } from 'zod'
import { mediaTypePattern } from '../result/media-type.ts'
import { durationPattern, parseDuration } from './duration.ts'
import { fileNameSchema } from './file-name-schema.ts'
import { placementSchema } from './placement-schema.ts'
import { bytesSchema, resourcesSchema } from './resources-schema.ts'
import { workerSchema } from './worker-schema.ts'

/** Ten years, in milliseconds: times stay far from what dates and the database can hold. */
const longestDuration = 3650 * 86_400_000
const text = z.string().max(4096)
const duration = z
  .string()
  .regex(durationPattern, 'expected a duration such as 90s, 10m, 1h or 7d')
  .transform((value) => parseDuration(value) ?? Number.NaN)
  .refine((value) => value >= 1000 && value <= longestDuration, 'expected at least 1s and at most 3650d')
const bucketName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'expected a bucket name: 3 to 63 lower case letters, digits, . and -')
// The key goes into the policy of the attempt's credentials, where these characters would mean more than themselves.
const objectKey = z.string().regex(/^[^*?$]{1,1024}$/, 'expected a key of 1 to 1024 characters without *, ? and $')

/** Where an input comes from: exactly one of the four. */
const source = z.union(
  [
    z.strictObject({ url: z.url({ protocol: /^https?$/, error: 'expected an http or https address' }).max(4096) }),
    z.strictObject({ s3: z.strictObject({ bucket: bucketName, key: objectKey }) }),
    z.strictObject({ bundled: fileNameSchema }),
    z.strictObject({ upload: z.literal(true) }),
  ],
  { error: 'expected exactly one of url, s3 {bucket, key}, bundled or upload' },
)

const input = z.strictObject({
  name: fileNameSchema,
  kind: z.enum(['file', 'archive']).default('file'),
  from: source,
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits in lower case')
    .optional(),
  maximumBytes: bytesSchema.default(10 * 2 ** 30),
})

const output = z.strictObject({
  name: fileNameSchema,
  kind: z.enum(['file', 'directory']).default('file'),
  required: z.boolean().default(false),
  mediaType: z.string().regex(mediaTypePattern, 'expected a media type such as text/csv').optional(),
})

const limits = z.strictObject({
  timeout: duration.default(3_600_000),
  startTimeout: duration.default(600_000),
  queueTimeout: duration.optional(),
  retries: z.int().min(0).max(10).default(0),
  concurrentJobs: z.int().min(1).max(1000).default(4),
  jobsPerAgreement: z.int().min(1).max(1_000_000).default(10),
  outputBytes: bytesSchema.default(10 * 2 ** 30),
})

/** The document by which a provider offers a computation. Objects are strict: an unknown field is an error, not ignored. */
export const computeAssetSchema = z
  .strictObject({
    apiVersion: z.literal('dataspace-compute/v1'),
    kind: z.literal('ComputeAsset'),
    metadata: z.strictObject({
      id: z
        .string()
        .regex(
          /^[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?$/,
          'expected 1 to 50 lower case letters, digits and -, beginning and ending with a letter or digit',
        ),
      version: z
        .string()
        .regex(/^\d{1,9}\.\d{1,9}\.\d{1,9}(-[0-9A-Za-z.-]{1,64})?$/, 'expected a version such as 1.0.0 (semver.org)'),
      title: z.string().min(1).max(256),
      description: text.default(''),
      keywords: z.array(z.string().min(1).max(64)).max(64).default([]),
    }),
    worker: workerSchema,
    parameters: z.record(z.string(), z.json()).default({}),
    inputs: z.array(input).max(64).default([]),
    outputs: z.array(output).min(1).max(64),
    resources: resourcesSchema.prefault({}),
    placement: placementSchema.prefault({}),
    limits: limits.prefault({}),
    mode: z.enum(['batch', 'interactive']).default('batch'),
    transfers: z
      .array(z.enum(['pull', 'pull-sync', 'push', 'push-sync']))
      .min(1)
      .refine((list) => new Set(list).size === list.length, 'names a way twice')
      .default(['pull']),
    onFailure: z.enum(['terminate', 'report', 'report-with-logs']).default('terminate'),
    retention: duration.default(7 * 86_400_000),
  })
  .meta({
    id: 'ComputeAsset',
    title: 'ComputeAsset',
    description:
      'A computation that a provider offers in a dataspace: a container with fixed resources, inputs and outputs.',
  })

/** A compute asset as written, before defaults. */
export type ComputeAssetDocument = z.input<typeof computeAssetSchema>

/** A compute asset as read: every default filled in, durations in milliseconds, byte limits in bytes; quantities of resources stay text. */
export type ComputeAsset = z.output<typeof computeAssetSchema>

/** One declared output. */
export type AssetOutput = ComputeAsset['outputs'][number]
