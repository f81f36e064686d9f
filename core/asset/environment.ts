/**
 * Names that would change how the worker's runtime itself behaves, or that we set. A provider who needs one of them puts it
 * into the image, where it is reviewed with the code.
 */
const reservedNames = new Set([
  'PATH',
  'HOME',
  'IFS',
  'ENV',
  'BASH_ENV',
  'SHELLOPTS',
  'BASHOPTS',
  'PS4',
  'CDPATH',
  'GCONV_PATH',
])
const ownNames = new Set(['INPUT_DIR', 'OUTPUT_DIR', 'JOB_ID'])
const reservedPrefixes = [
  'LD_',
  'DYLD_',
  'NODE_',
  'PYTHON',
  'PERL5',
  'RUBY',
  'MALLOC_',
  'GIT_',
  'SSL_CERT_',
  'KUBERNETES_',
  'DSC_',
]
const reservedEndings = ['JAVA_TOOL_OPTIONS', '_JAVA_OPTIONS', '_PROXY', '_proxy']

/** Largest value of one environment variable, in bytes of UTF-8. */
export const maximumValueBytes = 32 * 1024
/**
 * Largest sum of all names and values that one side gives: the provider by dotenv file and `env`, a consumer by parameters. Both
 * go into one ConfigMap, which takes 1 MiB (1,048,576 bytes, seen in the API server's validation).
 */
export const maximumProvidedBytes = 500_000

/**
 * Says what is wrong with the name of an environment variable.
 * @returns `undefined` where nothing is
 */
export function environmentNameProblem(name: string): string | undefined {
  if (name === '') return 'the name before = is missing'
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)) {
    return `${JSON.stringify(name)} is no name: letters, digits and _ only, not beginning with a digit, at most 128`
  }
  if (name === '__proto__') return 'the name __proto__ means something else to JavaScript and is not taken'
  if (ownNames.has(name)) return `${name} is set by the service and cannot be set here`
  if (
    reservedNames.has(name) ||
    reservedPrefixes.some((prefix) => name.startsWith(prefix)) ||
    reservedEndings.some((ending) => name.endsWith(ending))
  ) {
    return `${name} is reserved: it would change how the worker's runtime behaves; set it in the image instead`
  }
  return undefined
}
