import { parse } from 'yaml'
import { z } from 'zod'
import { dataProblem } from '../core/plain-data.ts'
import { readBySchema } from '../core/schema-problems.ts'
import { isAddressRange } from './address-range.ts'
import { SettingsError } from './load.ts'
import { readNamedFile } from './read-file.ts'

const name = z.string().regex(/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/, 'expected the name of a Kubernetes object')
/** A part of a Kubernetes object, as the API server takes it; it is the one that checks it. */
const part = z.record(z.string(), z.json())

/** What a container gets that does not say what it takes. */
const little = { cpu: '500m', memory: '256Mi', 'ephemeral-storage': '1Gi' }

/** How the namespaces of consumers are furnished. The Kubernetes page explains every field. */
const tenantsSchema = z.strictObject({
  prefix: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,28}[a-z0-9])?$/, 'expected at most 30 lower case letters, digits and -')
    .default('dsc-consumer'),
  labels: z.record(z.string(), z.string()).default({}),
  quota: z.record(z.string(), z.union([z.string(), z.number()]).transform(String)).default({
    'count/jobs.batch': '50',
    'count/configmaps': '100',
    'count/secrets': '100',
    pods: '50',
    persistentvolumeclaims: '0',
    services: '0',
  }),
  // Pods of jobs say themselves what they take. A container that says nothing, such as one that a webhook adds, is not without limits.
  limitRange: z
    .array(z.looseObject({ type: z.string() }))
    .default([{ type: 'Container', default: little, defaultRequest: little }]),
  network: z
    .strictObject({
      objectStore: z.array(part).optional(),
      dns: z.array(part).optional(),
      clusterRanges: z.array(z.string().refine(isAddressRange, 'expected a range such as 203.0.113.0/24')).default([]),
      egress: z.array(part).default([]),
    })
    .prefault({}),
  copies: z.strictObject({ secrets: z.array(name).default([]), configMaps: z.array(name).default([]) }).prefault({}),
  clusterRole: name.optional(),
})

/** The tenants file as read, defaults filled in. */
export type TenantsFile = z.output<typeof tenantsSchema>

/**
 * Reads the tenants file; without one every default holds.
 * @throws SettingsError with every problem there is
 */
export function loadTenants(path: string | undefined): TenantsFile {
  if (path === undefined) return tenantsSchema.parse({})
  const file = readNamedFile(path)
  if (!file.ok) throw new SettingsError([{ where: 'DSC_TENANTS_FILE', message: file.reason }])
  const value = parsed(path, file.text)
  const problem = dataProblem(value)
  const read = readBySchema(tenantsSchema, value ?? {})
  const problems = [...(problem === undefined ? [] : [problem]), ...(read.ok ? [] : read.problems)]
  if (problems.length > 0 || !read.ok)
    throw new SettingsError(problems.map(({ where, message }) => ({ where: `${path} ${where}`.trimEnd(), message })))
  return read.value
}

function parsed(path: string, text: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    throw new SettingsError([{ where: path, message: error instanceof Error ? error.message : String(error) }])
  }
}
