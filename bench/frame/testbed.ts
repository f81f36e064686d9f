/** The real parts that benchmarks use, as `npm run testbed:up` names them in the environment. */
export interface Testbed {
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string
  /** Address of a PostgreSQL server with a user who may make schemas; `undefined` where the environment names none. */
  readonly postgresUrl: string | undefined
  readonly objectStore: { readonly endpoint: string; readonly accessKey: string; readonly secretKey: string }
}

/** Reads them; `undefined` where the testbed is not up or not in the environment. */
export function readTestbed(environment: Readonly<Record<string, string | undefined>>): Testbed | undefined {
  const { KUBECONFIG, S3_ENDPOINT, S3_ACCESS_KEY, S3_SECRET_KEY, TESTBED_HOST, TESTBED_POSTGRES_URL } = environment
  // KUBECONFIG and S3_* may name anything, also what must not be loaded for a benchmark: only a testbed has TESTBED_HOST.
  if (!KUBECONFIG || !S3_ENDPOINT || !S3_ACCESS_KEY || !S3_SECRET_KEY || !TESTBED_HOST) return undefined
  const objectStore = { endpoint: S3_ENDPOINT, accessKey: S3_ACCESS_KEY, secretKey: S3_SECRET_KEY }
  return { kubeconfig: KUBECONFIG, postgresUrl: TESTBED_POSTGRES_URL || undefined, objectStore }
}
