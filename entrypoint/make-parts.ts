import type { Settings } from '../config/settings.ts'
import { enforcesPolicies } from '../config/enforces-policies.ts'
import { SettingsError } from '../config/load.ts'
import type { Backend } from '../core/ports/backend.ts'
import type { Clock, Ids } from '../core/ports/clock.ts'
import type { Logger } from '../core/ports/logger.ts'
import type { ObjectStore } from '../core/ports/object-store.ts'
import type { Store } from '../core/ports/store.ts'
import type { TenantOptions } from '../k8s-client/tenants/options.ts'
import { steadyClock } from './steady-clock.ts'

/** The store that the settings name, and the time by which everything in it goes. What it needs is loaded only then. */
export async function makeStore(
  settings: Settings,
  ids: Ids,
  logger: Logger,
): Promise<{ readonly store: Store; readonly clock: Clock }> {
  if (settings.DSC_DATABASE_URL !== undefined) {
    const { openPostgresStore } = await import('./stores/postgres/postgres.ts')
    return openPostgresStore({ url: settings.DSC_DATABASE_URL, ids, logger })
  }
  const { openSqliteStore } = await import('./stores/sqlite.ts')
  const clock = steadyClock(logger)
  return { store: openSqliteStore(settings.DSC_DATABASE, ids, clock), clock }
}

/** The object store that the settings name. What it needs is loaded only then. */
export async function makeObjectStore(settings: Settings): Promise<ObjectStore> {
  if (settings.DSC_OBJECT_STORE === 'directory') {
    const { directoryStore } = await import('./objects/directory.ts')
    return directoryStore(settings.DSC_OBJECT_DIRECTORY)
  }
  const { s3Store } = await import('./objects/s3.ts')
  const endpoint = needed(settings, 'S3_ENDPOINT')
  return s3Store({
    endpoint,
    podEndpoint: settings.S3_POD_ENDPOINT ?? endpoint,
    linkEndpoint: settings.S3_LINK_ENDPOINT ?? endpoint,
    region: settings.S3_REGION,
    bucket: settings.S3_BUCKET,
    accessKey: needed(settings, 'S3_ACCESS_KEY'),
    secretKey: needed(settings, 'S3_SECRET_KEY'),
    stsEndpoint: settings.S3_STS_ENDPOINT ?? endpoint,
    stsRole: settings.S3_STS_ROLE,
    uploadUser: settings.S3_STS
      ? undefined
      : { accessKey: needed(settings, 'S3_UPLOAD_ACCESS_KEY'), secretKey: needed(settings, 'S3_UPLOAD_SECRET_KEY') },
  })
}

/** The backend that the settings name. What it needs is loaded only then. */
export async function makeBackend(
  settings: Settings,
  objects: ObjectStore,
  clock: Clock,
  logger: Logger,
): Promise<Backend> {
  if (settings.DSC_BACKEND === 'local') {
    const { localBackend } = await import('./backends/local/local-backend.ts')
    return localBackend({
      root: settings.DSC_LOCAL_DIRECTORY,
      assets: settings.DSC_LOCAL_ASSETS,
      secretsFile: settings.DSC_LOCAL_SECRETS_FILE,
      allowedHosts: settings.DSC_INPUT_HOSTS,
      uploadTimeoutMs: settings.DSC_UPLOAD_TIMEOUT,
      objects,
      clock,
    })
  }
  const { createKubernetesBackend } = await import('../k8s-client/backend.ts')
  const storeEndpoint = settings.S3_POD_ENDPOINT ?? needed(settings, 'S3_ENDPOINT')
  return createKubernetesBackend({
    kubeconfig: settings.KUBECONFIG,
    context: settings.DSC_KUBERNETES_CONTEXT,
    apiServer:
      settings.KUBERNETES_SERVICE_HOST === undefined
        ? undefined
        : { host: settings.KUBERNETES_SERVICE_HOST, port: settings.KUBERNETES_SERVICE_PORT },
    namespace: settings.DSC_KUBERNETES_NAMESPACE,
    sidecarImage: needed(settings, 'DSC_SIDECAR_IMAGE'),
    sidecarPullPolicy: settings.DSC_SIDECAR_PULL_POLICY,
    sidecarResources: { cpu: settings.DSC_SIDECAR_CPU, memory: settings.DSC_SIDECAR_MEMORY },
    sidecarCaConfigMap: settings.DSC_SIDECAR_CA_CONFIGMAP,
    uploadTimeoutMs: settings.DSC_UPLOAD_TIMEOUT,
    allowedInputHosts: settings.DSC_INPUT_HOSTS,
    runtimeClass: settings.DSC_RUNTIME_CLASS,
    hostUsers: settings.DSC_USER_NAMESPACES ? false : undefined,
    imageRules: { allowTags: settings.DSC_ALLOW_IMAGE_TAGS, registries: settings.DSC_IMAGE_REGISTRIES },
    isolateWorkers: settings.DSC_WORKER_NETWORK === 'none',
    trustedRegistries: settings.DSC_TRUSTED_REGISTRIES,
    clusterChanges: settings.DSC_CLUSTER_CHANGES,
    network: enforcesPolicies(settings) ? { storeEndpoint, canary: settings.DSC_NETWORK_CANARY } : undefined,
    tenants: settings.DSC_TENANCY === 'shared' ? undefined : await tenantOptions(settings, storeEndpoint),
    objectStore: objects,
    clock,
    logger,
  })
}

async function tenantOptions(settings: Settings, storeEndpoint: string): Promise<TenantOptions> {
  const { loadTenants } = await import('../config/tenants.ts')
  const { network, limitRange, copies, ...rest } = loadTenants(settings.DSC_TENANTS_FILE)
  const certificates = settings.DSC_SIDECAR_CA_CONFIGMAP
  return {
    ...rest,
    ...network,
    storeEndpoint,
    inputHosts: settings.DSC_INPUT_HOSTS,
    limitRange,
    home: settings.DSC_KUBERNETES_NAMESPACE,
    copies: {
      secrets: copies.secrets,
      configMaps: [...copies.configMaps, ...(certificates === undefined ? [] : [certificates])],
    },
  }
}

function needed(
  settings: Settings,
  name:
    | 'S3_ENDPOINT'
    | 'S3_ACCESS_KEY'
    | 'S3_SECRET_KEY'
    | 'S3_UPLOAD_ACCESS_KEY'
    | 'S3_UPLOAD_SECRET_KEY'
    | 'DSC_SIDECAR_IMAGE',
): string {
  const value = settings[name]
  if (value === undefined) throw new SettingsError([{ where: name, message: 'is needed with these settings' }])
  return value
}
