import { z } from 'zod'
import { parseDuration } from '../core/asset/duration.ts'
import { crashPoints } from '../core/crash-point.ts'
import { bytesSchema, cpuSchema, memorySchema } from '../core/asset/resources-schema.ts'
import { isAddressRange } from './address-range.ts'
import { databaseUrl } from './database-url.ts'

/** Gives a setting what docs/configuration.md shows of it. A secret may also come from the file that `NAME_FILE` names, and is never printed. */
function described<S extends z.ZodType>(group: string, description: string, schema: S, secret = false): S {
  return schema.meta({ group, description, ...(secret ? { secret } : {}) })
}

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .refine((value) => /^\d{1,9}$/.test(value) && Number(value) >= least && Number(value) <= most, {
      error: `expected a whole number from ${least} to ${most}`,
    })
    .transform(Number)
const port = wholeNumber(0, 65_535)
const flag = z.enum(['true', 'false'], { error: 'expected true or false' }).transform((value) => value === 'true')
/** A duration within bounds; timers cannot take more than 24 days, and no pause at all keeps a processor busy. */
const milliseconds = (least: string, most: string) => {
  const within = (value: string): boolean => {
    const given = parseDuration(value)
    return given !== undefined && given >= (parseDuration(least) ?? 0) && given <= (parseDuration(most) ?? 0)
  }
  return z
    .string()
    .refine(within, { error: `expected a duration from ${least} to ${most}, such as 5s, 10m or 1h` })
    .transform((value) => parseDuration(value) ?? 0)
}
/** How long something is kept; `keep` is for good, and `undefined` once read. */
const retention = z
  .string()
  .refine((value) => value === 'keep' || (parseDuration(value) ?? 0) >= 1_000, {
    error: 'expected keep, or a duration of at least 1s, such as 30d',
  })
  .transform((value) => (value === 'keep' ? undefined : parseDuration(value)))
const httpUrl = z
  .url({ protocol: /^https?$/, error: 'expected an http or https address such as https://host.example' })
  .transform((value) => value.replace(/\/+$/, ''))
/** First segments of our own paths on the public listener: with one of them as base path, nobody could tell whether it was stripped. */
const ownSegments = new Set(['connectors', 'dataplanes', 'results', 'received', 'livez', 'readyz', 'openapi.json'])
const baseUrl = httpUrl
  .refine((value) => !/[?#]/.test(value), { error: 'expected an address without ? and #' })
  .refine((value) => !ownSegments.has(new URL(value).pathname.split('/')[1] ?? ''), {
    error: `expected a path that does not begin with one of ours: ${[...ownSegments].join(', ')}`,
  })
const strong = z
  .string()
  .min(32, { error: 'expected at least 32 characters, for example from: openssl rand -hex 32', abort: true })
  .refine((value) => new Set(value).size >= 8, { error: 'expected a random value; this one repeats a few characters' })
const secret = z.string().min(1)
/** Signature algorithms of tokens that can be chosen: asymmetric ones, so that a public key is never taken for a secret one. */
const signatureAlgorithms = new Set([
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'EdDSA',
  'RS256',
  'RS384',
  'RS512',
])
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)
/** Hosts without a scheme. */
const hosts = list
  .refine((names) => names.every((name) => /^[A-Za-z0-9._-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](:\d{1,5})?$/.test(name)), {
    error: 'expected host or host:port, separated by commas, without http://',
  })
  .prefault('')
const registries = list
  .refine((names) => names.every((name) => /^[A-Za-z0-9.-]+(:\d{1,5})?(\/[a-z0-9]+([._/-]+[a-z0-9]+)*)?$/.test(name)), {
    error: 'expected registries such as registry.example:5000 or registry.example/team, separated by commas',
  })
  .prefault('')

const [service, results, receiving, jobs, limits, kubernetes, local, store] = [
  'Service',
  'Results',
  'Receiving',
  'Jobs',
  'Limits',
  'Kubernetes backend',
  'Local backend',
  'Object store',
]

/** Every setting, by the name of its environment variable. docs/configuration.md is generated from this. */
export const settingsSchema = z.strictObject({
  DSC_PUBLIC_HOST: described(
    service,
    'Address the public listener binds to: connectors and consumers’ data planes call it.',
    z.string().default('127.0.0.1'),
  ),
  DSC_PUBLIC_PORT: described(service, 'Port of the public listener; 0 takes a free one.', port.default(3000)),
  DSC_PUBLIC_URL: described(
    service,
    'Base address under which connectors reach the public listener; result addresses begin with it. It may have a path, such as https://example.org/compute: requests are taken with it and without, so a proxy in front may keep it or strip it. Default: made from host and port.',
    baseUrl.optional(),
  ),
  DSC_TRUSTED_PROXIES: described(
    service,
    'Proxies in front of the listeners: addresses and ranges (`10.0.0.7`, `10.0.0.0/8`), separated by commas. Their X-Forwarded-For tells the client that the request log names. Default: nobody is believed.',
    list
      .refine((ranges) => ranges.every(isAddressRange), {
        error: 'expected IP addresses or ranges such as 10.0.0.0/8, separated by commas',
      })
      .prefault(''),
  ),
  DSC_ADMIN_HOST: described(
    service,
    'Address the admin listener binds to. Anything but loopback needs DSC_ADMIN_TOKEN or DSC_OIDC_ISSUER.',
    z.string().default('127.0.0.1'),
  ),
  DSC_ADMIN_PORT: described(service, 'Port of the admin listener; 0 takes a free one.', port.default(3001)),
  DSC_ADMIN_TOKEN: described(
    service,
    'Bearer token that opens all of the admin API: to begin with, and for emergencies; API keys are for daily use. Without it and DSC_OIDC_ISSUER, the admin API answers to this machine only, and asks for nothing.',
    strong.optional(),
    true,
  ),
  DSC_OIDC_ISSUER: described(
    service,
    'OpenID provider whose access tokens the admin API takes, exactly as it stands in their `iss`. Its keys are found from there (`/.well-known/openid-configuration`).',
    z
      .url({ protocol: /^https?$/, error: 'expected an https address such as https://login.example/realms/operators' })
      .optional(),
  ),
  DSC_OIDC_AUDIENCE: described(
    service,
    'What must stand in `aud` of its tokens: the name of this service there. Needed with DSC_OIDC_ISSUER.',
    z.string().max(512).optional(),
  ),
  DSC_OIDC_ALGORITHMS: described(
    service,
    'Signature algorithms that are taken, separated by commas. Fewer are safer: name the one that the provider uses.',
    list
      .refine((names) => names.length > 0 && names.every((name) => signatureAlgorithms.has(name)), {
        error: `expected some of ${[...signatureAlgorithms].join(', ')}, separated by commas`,
      })
      .prefault('ES256,PS256,EdDSA,RS256'),
  ),
  DSC_OIDC_ROLE_CLAIM: described(
    service,
    'Claim that gives the role, such as `roles`, `scope` or `realm_access.roles`: a list, or a text with spaces between.',
    z.string().max(256).default('roles'),
  ),
  DSC_OIDC_ROLES: described(
    service,
    'Which value of that claim gives which role, as `role=value`, separated by commas; a role may stand there several times.',
    list
      .refine((pairs) => pairs.every((pair) => /^(read|operator|admin)=[^\s,]+$/.test(pair)), {
        error: 'expected read=…, operator=… or admin=…, separated by commas',
      })
      .prefault('admin=dsc-admin,operator=dsc-operator,read=dsc-read'),
  ),
  DSC_DATABASE: described(
    service,
    'SQLite file with the state of the service. Its folder must exist and be on a local disk.',
    z.string().default('dataspace-compute.db'),
  ),
  DSC_DATABASE_URL: described(
    service,
    'PostgreSQL database with the state of the service, in place of DSC_DATABASE: postgres://user:password@host:port/database?sslmode=verify-full, and with sslrootcert=/path/ca.crt where its certificate is of an authority of one’s own. Outside of development well-known passwords are refused, and on another machine the address needs a password or a client certificate (sslcert, sslkey). Several replicas may share it; see “PostgreSQL” in the operations page. Default: none, the state is in the SQLite file.',
    databaseUrl.optional(),
    true,
  ),
  DSC_CONNECTORS_FILE: described(
    service,
    'YAML file that names the connectors; see “Connectors file” below.',
    z.string().default('connectors.yaml'),
  ),
  DSC_ASSETS_DIRECTORY: described(
    service,
    'Folder with compute assets that are registered at start and whenever something in it changes; see “Assets from a folder” in the operations page. Default: none, assets come through the admin API.',
    z.string().optional(),
  ),
  DSC_ASSETS_INTERVAL: described(
    service,
    'How often that folder is looked at.',
    milliseconds('100ms', '1d').prefault('10s'),
  ),
  DSC_DEVELOPMENT: described(
    service,
    'Allows what only a developer’s machine may: a generated DSC_TOKEN_KEY, the local backend. Refused unless both listeners are on loopback.',
    flag.default(false),
  ),
  DSC_CRASH_AT: described(
    service,
    'For trials of crashes only: the process kills itself when it comes to a named place in its code, `<place>` or `<place>:<n>` for the nth time (core/crash-point.ts has the places). Refused without DSC_DEVELOPMENT.',
    z
      .string()
      .regex(/^[a-z-]+(:[1-9]\d{0,5})?$/, 'expected a place such as accept-kept, or accept-kept:3')
      .refine((value) => Object.hasOwn(crashPoints, value.split(':')[0] ?? ''), {
        error: 'there is no such place; core/crash-point.ts has them all',
      })
      .optional(),
  ),
  DSC_SWEEP_INTERVAL: described(
    jobs,
    'How often the backend is searched for attempts that no job owns; those that are older than ten minutes are removed.',
    milliseconds('100ms', '1d').prefault('10m'),
  ),
  DSC_LOG_LEVEL: described(
    service,
    'Least level that is logged.',
    z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  ),
  DSC_AUDIT_RETENTION: described(
    service,
    'How long entries of the audit log are kept, such as 365d. `keep` is for good. What goes leaves a checkpoint, from which the rest can still be verified.',
    retention.prefault('keep'),
  ),
  DSC_SHUTDOWN_TIMEOUT: described(
    service,
    'How long requests under way may take to finish after SIGTERM.',
    milliseconds('0s', '1d').prefault('10s'),
  ),

  DSC_TOKEN_KEY: described(
    results,
    'Key from which the tokens of result addresses are made. Changing it revokes all of them, but for those that DSC_TOKEN_KEY_PREVIOUS keeps.',
    strong.optional(),
    true,
  ),
  DSC_TOKEN_KEY_PREVIOUS: described(
    results,
    'The key before: tokens made from it still open what they opened. Leave it out once the transfers of that time are over.',
    strong.optional(),
    true,
  ),

  DSC_RESULT_ADDRESS: described(
    results,
    'What connectors are told: `gateway` is an address of this service, which closes when its transfer ends; `presigned` one of the S3 service for results of a single file, which stays open until DSC_PRESIGNED_LIFETIME is over, whatever becomes of the transfer.',
    z.enum(['gateway', 'presigned']).default('gateway'),
  ),
  DSC_PRESIGNED_LIFETIME: described(
    results,
    'How long a presigned address works; at most 7d.',
    milliseconds('1s', '7d').prefault('1h'),
  ),
  DSC_PUSH_HOSTS: described(
    results,
    'Hosts (`host` or `host:port`) and ranges of addresses (`10.0.0.0/8`), separated by commas, that results may be pushed to although they are not public, and by plain http. Whoever sets it lets **every** consumer have results sent there. Public addresses are always allowed, by https.',
    list
      .refine(
        (entries) =>
          entries.every((entry) =>
            entry.includes('/')
              ? isAddressRange(entry)
              : /^[A-Za-z0-9._-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](:\d{1,5})?$/.test(entry),
          ),
        {
          error: 'expected host, host:port or ranges such as 10.0.0.0/8, separated by commas, without http://',
        },
      )
      .prefault(''),
  ),
  DSC_PUSH_TIMEOUT: described(
    results,
    'For how long a result is tried to be pushed to a consumer’s destination; after that its transfer fails.',
    milliseconds('1m', '20d').prefault('1d'),
  ),
  DSC_PUSH_CONCURRENCY: described(
    results,
    'How many results are pushed at once; of one consumer half of that. Each that goes to an S3 service holds buffers of 32 MiB.',
    wholeNumber(1, 64).default(4),
  ),

  DSC_RECEIVE_DESTINATION: described(
    receiving,
    'What a provider is offered that pushes to us, where the profile names neither (`HttpData-PUSH`, `AmazonS3-PUSH`): `http` is an address of this service, `s3` a prefix in our bucket with temporary credentials for it (needs S3_STS).',
    z.enum(['http', 's3']).default('http'),
  ),
  DSC_RECEIVE_HOSTS: described(
    receiving,
    'Hosts (`host` or `host:port`, separated by commas) with private addresses that data may be fetched from. Public addresses are always allowed.',
    hosts,
  ),
  DSC_RECEIVE_BYTES: described(
    receiving,
    'Most bytes that are received of one transfer, such as 10Gi.',
    bytesSchema.prefault('100Gi'),
  ),
  DSC_RECEIVE_CONCURRENCY: described(
    receiving,
    'How many transfers are fetched or verified at once. Each takes about 110 MiB of memory while it goes to an S3 service.',
    wholeNumber(1, 64).default(4),
  ),
  DSC_RECEIVE_PATIENCE: described(
    receiving,
    'For how long fetching may fail, without a byte in between, before it is given up.',
    milliseconds('1s', '20d').prefault('6h'),
  ),
  DSC_RECEIVE_MANIFEST: described(
    receiving,
    'Whether data must come with a manifest, or a digest, by which it can be verified: `required`, or `optional` for data planes that know none.',
    z.enum(['optional', 'required']).default('optional'),
  ),
  DSC_RECEIVE_COMPLETE: described(
    receiving,
    'Whether our control plane is told `completed` when everything of a pull is here: the transfer is over then, and the provider may clear up.',
    flag.prefault('true'),
  ),
  DSC_RECEIVE_RETENTION: described(
    receiving,
    'How long received files are kept, such as 30d; `keep` is until an operator removes them.',
    retention.prefault('keep'),
  ),
  DSC_RECEIVE_CREDENTIALS_LIFETIME: described(
    receiving,
    'How long a provider can write to an `s3` destination: its job must be done by then. At most 7d; with S3_STS_ROLE 12h. They are taken back earlier where the store can.',
    milliseconds('15m', '7d').prefault('7d'),
  ),

  DSC_BACKEND: described(
    jobs,
    'Where jobs run. `local` runs processes on this machine and isolates nothing.',
    z.enum(['kubernetes', 'local']).default('kubernetes'),
  ),
  DSC_ALLOW_IMAGE_TAGS: described(
    jobs,
    'Whether assets may name images by tag instead of digest.',
    flag.default(false),
  ),
  DSC_IMAGE_REGISTRIES: described(
    jobs,
    'Registries that images of workers may come from, each with as much of a path as is allowed (`registry.example`, `registry.example/team`), separated by commas. Asked at registration and again before each start. Default: any.',
    registries,
  ),
  DSC_INPUT_HOSTS: described(
    jobs,
    'Hosts (`host` or `host:port`, separated by commas) with private addresses that url inputs may name. Public addresses are always allowed.',
    hosts,
  ),
  DSC_POLL_INTERVAL: described(
    jobs,
    'How often the connector is asked about a transfer whose job is under way. Transfer events make it faster.',
    milliseconds('10ms', '1d').prefault('5s'),
  ),
  DSC_IDLE_POLL_INTERVAL: described(
    jobs,
    'How often the connector is asked about a transfer whose result is open to its consumer, and how seldom at most about one whose job waits for a slot.',
    milliseconds('10ms', '1d').prefault('30s'),
  ),
  DSC_LOG_RETENTION: described(
    jobs,
    'How long the logs of a job are kept after its end; `keep` is for good.',
    retention.prefault('30d'),
  ),
  DSC_HISTORY_RETENTION: described(
    jobs,
    'How long a job that is over stays in the list, with everything that is left of it; `keep` is for good. Its result goes by its own retention, and what it used stays counted.',
    retention.prefault('keep'),
  ),
  DSC_UPLOAD_TIMEOUT: described(
    jobs,
    'How long the sidecar may upload. A pause of the object store must not cost the computation.',
    milliseconds('1s', '20d').prefault('6h'),
  ),
  DSC_CONCURRENCY: described(
    jobs,
    'How many jobs, transfers and callbacks are looked at side by side.',
    wholeNumber(1, 256).default(16),
  ),

  DSC_RUNNING_JOBS: described(
    limits,
    'How many jobs may hold a slot at once, of all assets and consumers together; others wait.',
    wholeNumber(1, 100_000).default(1000),
  ),
  DSC_CONSUMER_RUNNING_JOBS: described(
    limits,
    'How many jobs of one consumer may hold a slot at once, of all assets together; others wait.',
    wholeNumber(1, 100_000).default(100),
  ),
  DSC_CONSUMER_QUEUED_JOBS: described(
    limits,
    'How many jobs of one consumer may wait at once; further ones are refused.',
    wholeNumber(1, 1_000_000).default(1000),
  ),
  DSC_AGREEMENT_JOBS: described(
    limits,
    'How many jobs one contract agreement is good for at most, whatever `limits.jobsPerAgreement` of its asset says.',
    wholeNumber(1, 1_000_000).default(1000),
  ),
  DSC_QUEUE_TIMEOUT: described(
    limits,
    'How long a job may wait for a slot, where its asset has no `limits.queueTimeout`.',
    milliseconds('1s', '3650d').prefault('1d'),
  ),
  DSC_LIMITS_FILE: described(
    limits,
    'YAML file with other limits for single consumers; see the page on limits. Default: none.',
    z.string().optional(),
  ),

  KUBECONFIG: described(
    kubernetes,
    'Kubeconfig file. Default: the pod’s service account, else ~/.kube/config.',
    z.string().optional(),
  ),
  KUBERNETES_SERVICE_HOST: described(
    kubernetes,
    'Where a pod reaches the API server. Kubernetes sets it in every pod; nobody else needs to.',
    z.string().optional(),
  ),
  KUBERNETES_SERVICE_PORT: described(kubernetes, 'Its port; likewise.', z.string().default('443')),
  DSC_KUBERNETES_CONTEXT: described(
    kubernetes,
    'Context of the kubeconfig. Default: its current one.',
    z.string().optional(),
  ),
  DSC_KUBERNETES_NAMESPACE: described(
    kubernetes,
    'Namespace in which jobs run. It exists and enforces the `restricted` Pod Security standard.',
    z
      .string()
      .regex(
        /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
        'expected the name of a namespace: lower case letters, digits and -',
      )
      .default('dataspace-compute-jobs'),
  ),
  DSC_SIDECAR_IMAGE: described(
    kubernetes,
    'Image of the data sidecar. Needed with this backend.',
    z.string().optional(),
  ),
  DSC_SIDECAR_PULL_POLICY: described(
    kubernetes,
    'When the sidecar’s image is pulled.',
    z.enum(['IfNotPresent', 'Always', 'Never']).default('IfNotPresent'),
  ),
  DSC_SIDECAR_CPU: described(
    kubernetes,
    'CPU of the sidecar. Below 500m its start takes seconds longer (50m: 2 to 3 s).',
    cpuSchema.default('500m'),
  ),
  DSC_SIDECAR_MEMORY: described(kubernetes, 'Memory of the sidecar.', memorySchema.default('128Mi')),
  DSC_SIDECAR_CA_CONFIGMAP: described(
    kubernetes,
    'ConfigMap in the jobs’ namespace whose key `ca.crt` holds certificates (PEM) that the sidecar trusts beside the public ones. Default: none.',
    z
      .string()
      .regex(
        /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/,
        'expected the name of a ConfigMap: lower case letters, digits, - and .',
      )
      .optional(),
  ),

  DSC_TENANCY: described(
    kubernetes,
    '`shared`: all jobs run in DSC_KUBERNETES_NAMESPACE. `namespace`: those of each consumer in a namespace of its own, which the service makes. Change it only while no job is under way.',
    z.enum(['shared', 'namespace']).default('shared'),
  ),
  DSC_TENANTS_FILE: described(
    kubernetes,
    'YAML file that says how consumers’ namespaces are furnished: quota, limits, networks; see “Tenants file” in the Kubernetes page. Default: what stands there.',
    z.string().optional(),
  ),
  DSC_NETWORK_POLICIES: described(
    kubernetes,
    'Whether the cluster enforces NetworkPolicies: with `enforced`, a worker starts only when they are seen to hold. Default: `enforced` where DSC_TENANCY is `namespace`, else `unknown`.',
    z.enum(['enforced', 'unknown']).optional(),
  ),
  DSC_NETWORK_CANARY: described(
    kubernetes,
    'Address (`host:port`) by which pods see that their NetworkPolicies hold: one that they are denied, and that would answer otherwise; best an IP address, because a name that cannot be resolved proves nothing. Default: the API server.',
    z
      .string()
      .regex(/^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/, 'expected host:port')
      .optional(),
  ),
  DSC_WORKER_NETWORK: described(
    kubernetes,
    '`asset`: a worker without network is what an asset asks for (`worker.network: none`). `none`: every worker is without, but for images from DSC_TRUSTED_REGISTRIES. Needs DSC_NETWORK_POLICIES=enforced.',
    z.enum(['asset', 'none']).default('asset'),
  ),
  DSC_CLUSTER_CHANGES: described(
    kubernetes,
    'What becomes of a Job or pod that a webhook or policy of the cluster changed in a way that matters: with `refuse` the job fails as `altered`; with `warn` it runs, and the log says what was changed. For clusters that fill in fields which this release does not know yet.',
    z.enum(['refuse', 'warn']).default('refuse'),
  ),
  DSC_TRUSTED_REGISTRIES: described(
    kubernetes,
    'Registries whose images keep the network of the data sidecar under DSC_WORKER_NETWORK=none; written as in DSC_IMAGE_REGISTRIES.',
    registries,
  ),
  DSC_RUNTIME_CLASS: described(
    kubernetes,
    'RuntimeClass of pods whose asset names none, such as one of gVisor or Kata. Default: that of the cluster.',
    z
      .string()
      .regex(/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/, 'expected the name of a RuntimeClass')
      .optional(),
  ),
  DSC_USER_NAMESPACES: described(
    kubernetes,
    'Whether pods get a user namespace of their own (`hostUsers: false`), so that whoever breaks out is nobody on the node. Only where every node can: elsewhere pods never start.',
    flag.default(false),
  ),

  DSC_LOCAL_DIRECTORY: described(
    local,
    'Folder in which workers get their directories.',
    z.string().default('dataspace-compute-work'),
  ),
  DSC_LOCAL_ASSETS: described(
    local,
    'Folder that holds one folder per asset id; `worker.local.directory` is relative to that.',
    z.string().default('config/assets'),
  ),
  DSC_LOCAL_BEYOND_LOOPBACK: described(
    local,
    'Allows the local backend without DSC_DEVELOPMENT, so that others may reach the listeners: for a demonstration in a container of its own. It isolates nothing there either: a worker can read what the service can, its keys included.',
    flag.default(false),
  ),
  DSC_LOCAL_SECRETS_FILE: described(local, 'dotenv file with the values of `worker.secrets`.', z.string().optional()),

  DSC_OBJECT_STORE: described(
    store,
    'Where inputs, results and logs lie. `directory` is for development.',
    z.enum(['s3', 'directory']).default('s3'),
  ),
  DSC_OBJECT_DIRECTORY: described(
    store,
    'Folder of the `directory` store.',
    z.string().default('dataspace-compute-objects'),
  ),
  S3_ENDPOINT: described(
    store,
    'Address of the S3 service as seen from here, such as https://minio.example:9000.',
    httpUrl.optional(),
  ),
  S3_POD_ENDPOINT: described(
    store,
    'Address of the S3 service as seen from the pods. Default: S3_ENDPOINT.',
    httpUrl.optional(),
  ),
  S3_LINK_ENDPOINT: described(
    store,
    'Address of the S3 service in presigned links, as consumers’ data planes reach it. Default: S3_ENDPOINT.',
    httpUrl.optional(),
  ),
  S3_REGION: described(store, 'Region of the bucket.', z.string().default('us-east-1')),
  S3_BUCKET: described(
    store,
    'Bucket for everything. It is made at start where it does not exist.',
    z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
        'expected a bucket name: 3 to 63 lower case letters, digits, . and -',
      )
      .default('dataspace-compute'),
  ),
  S3_ACCESS_KEY: described(store, 'Access key of the service.', z.string().min(1).optional(), true),
  S3_SECRET_KEY: described(store, 'Secret key of the service.', secret.optional(), true),
  S3_STS: described(
    store,
    'Whether the service offers STS AssumeRole: then each attempt gets credentials of its own for its prefix only. Without it, S3_UPLOAD_ACCESS_KEY and S3_UPLOAD_SECRET_KEY are given to the sidecar.',
    flag.prefault('true'),
  ),
  S3_STS_ENDPOINT: described(
    store,
    'Address of STS where it is not that of the S3 service, such as https://sts.eu-central-1.amazonaws.com. Default: S3_ENDPOINT.',
    httpUrl.optional(),
  ),
  S3_STS_ROLE: described(
    store,
    'Role that is assumed for each attempt, as an ARN. AWS and Ceph want one; MinIO does without. Its credentials last at most 12h.',
    z.string().min(20).max(2048).optional(),
  ),
  S3_UPLOAD_ACCESS_KEY: described(
    store,
    'Access key of an upload-only user, for stores without STS.',
    z.string().min(1).optional(),
    true,
  ),
  S3_UPLOAD_SECRET_KEY: described(store, 'Secret key of that user.', secret.optional(), true),
})

/** The settings as read: every default filled in, durations in milliseconds. */
export type Settings = z.output<typeof settingsSchema>

/** Name of a setting. */
export type SettingName = keyof Settings
