/** Settings with nothing wrong, on which the rows change something. */
export const production = {
  DSC_TOKEN_KEY: '8c1f30e7d2ab946f5e03b7c2918d4a60',
  DSC_SIDECAR_IMAGE: 'registry.example/sidecar:1',
  S3_ENDPOINT: 'https://minio.example:9000',
  S3_ACCESS_KEY: 'AKCOMPUTE01',
  S3_SECRET_KEY: 'a-secret-of-the-service',
}

/** Wrong settings. */
export const settings: readonly {
  /** What is wrong, for people. */
  readonly name: string
  readonly set: Readonly<Record<string, string>>
  /** Every problem, whole, as `setting: message`. */
  readonly problems: readonly string[]
}[] = [
  {
    name: 'a port by name',
    set: { DSC_PUBLIC_PORT: 'http' },
    problems: ['DSC_PUBLIC_PORT: expected a whole number from 0 to 65535'],
  },
  {
    name: 'a port that there is none of',
    set: { DSC_PUBLIC_PORT: '65536' },
    problems: ['DSC_PUBLIC_PORT: expected a whole number from 0 to 65535'],
  },
  {
    name: 'a tenancy that there is none of',
    set: { DSC_TENANCY: 'cluster' },
    problems: ['DSC_TENANCY: expected shared or namespace'],
  },
  {
    name: 'registries as addresses',
    set: { DSC_IMAGE_REGISTRIES: 'https://registry.example' },
    problems: [
      'DSC_IMAGE_REGISTRIES: expected registries such as registry.example:5000 or registry.example/team, separated by commas',
    ],
  },
  {
    name: 'a canary without a port',
    set: { DSC_NETWORK_CANARY: '10.0.0.1' },
    problems: ['DSC_NETWORK_CANARY: expected host:port'],
  },
  {
    name: 'an address without a scheme',
    set: { DSC_PUBLIC_URL: 'compute.example' },
    problems: ['DSC_PUBLIC_URL: expected an http or https address such as https://host.example'],
  },
  {
    name: 'a short token',
    set: { DSC_ADMIN_TOKEN: 'short' },
    problems: ['DSC_ADMIN_TOKEN: expected at least 32 characters, for example from: openssl rand -hex 32'],
  },
  {
    name: 'a token of one letter',
    set: { DSC_ADMIN_TOKEN: 'a'.repeat(40) },
    problems: ['DSC_ADMIN_TOKEN: expected a random value; this one repeats a few characters'],
  },
  {
    name: 'no key for tokens',
    set: { DSC_TOKEN_KEY: '' },
    problems: ['DSC_TOKEN_KEY: is needed, for example from: openssl rand -hex 32'],
  },
  {
    name: 'a key in two places',
    set: { DSC_TOKEN_KEY_FILE: '/nowhere/key' },
    problems: [
      'DSC_TOKEN_KEY: DSC_TOKEN_KEY_FILE is set too; leave one of them out',
      'DSC_TOKEN_KEY_FILE: the file /nowhere/key cannot be read: there is no such file',
    ],
  },
  {
    name: 'a key in a file that is not there',
    set: { DSC_TOKEN_KEY: '', DSC_TOKEN_KEY_FILE: '/nowhere/key' },
    problems: ['DSC_TOKEN_KEY_FILE: the file /nowhere/key cannot be read: there is no such file'],
  },
  {
    name: 'a key in a folder',
    set: { DSC_TOKEN_KEY: '', DSC_TOKEN_KEY_FILE: '/' },
    problems: ['DSC_TOKEN_KEY_FILE: the file / cannot be read: it is a folder'],
  },
  {
    name: 'a key in an empty file',
    set: { DSC_TOKEN_KEY: '', DSC_TOKEN_KEY_FILE: '/dev/null' },
    problems: ['DSC_TOKEN_KEY_FILE: the file /dev/null is empty'],
  },
  { name: 'yes for true', set: { DSC_DEVELOPMENT: 'yes' }, problems: ['DSC_DEVELOPMENT: expected true or false'] },
  {
    name: 'development for everybody',
    set: { DSC_DEVELOPMENT: 'true', DSC_PUBLIC_HOST: '10.0.0.1' },
    problems: [
      'DSC_DEVELOPMENT: needs DSC_PUBLIC_HOST and DSC_ADMIN_HOST on loopback; leave it out where others are to reach the service',
    ],
  },
  {
    name: 'a log level of another program',
    set: { DSC_LOG_LEVEL: 'verbose' },
    problems: ['DSC_LOG_LEVEL: expected debug, info, warn, error or silent'],
  },
  {
    name: 'an interval without a unit',
    set: { DSC_POLL_INTERVAL: '5' },
    problems: ['DSC_POLL_INTERVAL: expected a duration from 10ms to 1d, such as 5s, 10m or 1h'],
  },
  {
    name: 'an interval of nothing',
    set: { DSC_POLL_INTERVAL: '0s' },
    problems: ['DSC_POLL_INTERVAL: expected a duration from 10ms to 1d, such as 5s, 10m or 1h'],
  },
  {
    name: 'a presigned address that outlives what S3 takes',
    set: { DSC_PRESIGNED_LIFETIME: '30d' },
    problems: ['DSC_PRESIGNED_LIFETIME: expected a duration from 1s to 7d, such as 5s, 10m or 1h'],
  },
  {
    name: 'a backend that does not exist',
    set: { DSC_BACKEND: 'docker' },
    problems: ['DSC_BACKEND: expected kubernetes or local'],
  },
  {
    name: 'the local backend in production',
    set: { DSC_BACKEND: 'local' },
    problems: ['DSC_BACKEND: local isolates nothing and needs DSC_DEVELOPMENT=true, or DSC_LOCAL_BEYOND_LOOPBACK=true'],
  },
  {
    name: 'nothing side by side',
    set: { DSC_CONCURRENCY: '0' },
    problems: ['DSC_CONCURRENCY: expected a whole number from 1 to 256'],
  },
  {
    name: 'input hosts as addresses',
    set: { DSC_INPUT_HOSTS: 'http://data.internal' },
    problems: ['DSC_INPUT_HOSTS: expected host or host:port, separated by commas, without http://'],
  },
  {
    name: 'a namespace that is none',
    set: { DSC_KUBERNETES_NAMESPACE: 'My_Jobs' },
    problems: ['DSC_KUBERNETES_NAMESPACE: expected the name of a namespace: lower case letters, digits and -'],
  },
  {
    name: 'cores in words',
    set: { DSC_SIDECAR_CPU: 'half' },
    problems: ['DSC_SIDECAR_CPU: expected a number of cores such as 500m or 2'],
  },
  {
    name: 'no memory',
    set: { DSC_SIDECAR_MEMORY: '0' },
    problems: ['DSC_SIDECAR_MEMORY: expected a whole number of bytes, from 1Mi to 8Pi, such as 512Mi or 2Gi'],
  },
  {
    name: 'no sidecar',
    set: { DSC_SIDECAR_IMAGE: '' },
    problems: ['DSC_SIDECAR_IMAGE: is needed with DSC_BACKEND=kubernetes'],
  },
  {
    name: 'a pull policy that does not exist',
    set: { DSC_SIDECAR_PULL_POLICY: 'Sometimes' },
    problems: ['DSC_SIDECAR_PULL_POLICY: expected IfNotPresent, Always or Never'],
  },
  {
    name: 'a store that pods cannot reach',
    set: { DSC_OBJECT_STORE: 'directory' },
    problems: ['DSC_OBJECT_STORE: directory cannot be reached from pods; use s3 with DSC_BACKEND=kubernetes'],
  },
  {
    name: 'a store that does not exist',
    set: { DSC_OBJECT_STORE: 'gcs' },
    problems: ['DSC_OBJECT_STORE: expected s3 or directory'],
  },
  {
    name: 'a store without a scheme',
    set: { S3_ENDPOINT: 'minio:9000' },
    problems: ['S3_ENDPOINT: expected an http or https address such as https://host.example'],
  },
  {
    name: 'a store without an address',
    set: { S3_ENDPOINT: '' },
    problems: ['S3_ENDPOINT: is needed with DSC_OBJECT_STORE=s3'],
  },
  {
    name: 'a store with a well-known secret',
    set: { S3_SECRET_KEY: 'minioadmin' },
    problems: ['S3_SECRET_KEY: this is a well-known value; choose another'],
  },
  {
    name: 'a bucket that is none',
    set: { S3_BUCKET: 'Results' },
    problems: ['S3_BUCKET: expected a bucket name: 3 to 63 lower case letters, digits, . and -'],
  },
  { name: '1 for true', set: { S3_STS: '1' }, problems: ['S3_STS: expected true or false'] },
  {
    name: 'no keys for pods',
    set: { S3_STS: 'false' },
    problems: [
      'S3_UPLOAD_ACCESS_KEY: is needed with S3_STS=false',
      'S3_UPLOAD_SECRET_KEY: is needed with S3_STS=false',
    ],
  },
  {
    name: 'our own key for pods',
    set: { S3_STS: 'false', S3_UPLOAD_ACCESS_KEY: 'AKCOMPUTE01', S3_UPLOAD_SECRET_KEY: 'a-secret-of-the-uploader' },
    problems: ['S3_UPLOAD_ACCESS_KEY: is the service’s own key; pods get that of a user who may only upload'],
  },
  {
    name: 'a setting that is misspelt',
    set: { DSC_PUBIC_PORT: '3000' },
    problems: ['DSC_PUBIC_PORT: there is no such setting; did you mean DSC_PUBLIC_PORT?'],
  },
  {
    name: 'a setting that does not exist',
    set: { DSC_VERBOSE: '1' },
    problems: ['DSC_VERBOSE: there is no such setting; docs/configuration.md lists all'],
  },
  {
    name: 'a file for what is no secret',
    set: { DSC_PUBLIC_PORT_FILE: '/port' },
    problems: ['DSC_PUBLIC_PORT_FILE: there is no such setting: only a secret may come from a file'],
  },
  {
    name: 'an admin listener for everybody without a token',
    set: { DSC_ADMIN_HOST: '0.0.0.0' },
    problems: ['DSC_ADMIN_TOKEN: is needed because DSC_ADMIN_HOST is not loopback'],
  },
  {
    name: 'a public listener that has no address',
    set: { DSC_PUBLIC_HOST: '0.0.0.0' },
    problems: ['DSC_PUBLIC_URL: is needed because DSC_PUBLIC_HOST names no address that others could call'],
  },
  {
    name: 'several at once',
    set: { DSC_PUBLIC_PORT: 'http', DSC_VERBOSE: '1', DSC_ADMIN_HOST: '0.0.0.0' },
    problems: [
      'DSC_VERBOSE: there is no such setting; docs/configuration.md lists all',
      'DSC_PUBLIC_PORT: expected a whole number from 0 to 65535',
      'DSC_ADMIN_TOKEN: is needed because DSC_ADMIN_HOST is not loopback',
    ],
  },
]

/** Wrong connectors files. Beside them lie the files `empty` and `short`, which holds a word. */
export const connectorsFiles: readonly {
  /** What is wrong, for people. */
  readonly name: string
  readonly file: string
  /** Every problem, whole, as `place: message`; `<folder>` is where the file lies. */
  readonly problems: readonly string[]
}[] = [
  {
    name: 'an empty file',
    file: '',
    problems: ['<folder>/connectors.yaml: expected an object (names with values), found nothing'],
  },
  {
    name: 'plain text',
    file: 'connectors',
    problems: ['<folder>/connectors.yaml: expected an object (names with values), found text'],
  },
  {
    name: 'no connectors',
    file: 'connectors: []',
    problems: ['<folder>/connectors.yaml connectors: is empty; expected at least one entry'],
  },
  {
    name: 'a list that is never closed',
    file: 'connectors: [',
    problems: [
      '<folder>/connectors.yaml line 1, column 14: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  },
  {
    name: 'a field twice',
    file: 'connectors: [{id: a, managementUrl: "http://a", apiKey: k, apiKey: z}]',
    problems: ['<folder>/connectors.yaml line 1, column 60: Map keys must be unique'],
  },
  {
    name: 'an object in place of a list',
    file: 'connectors: { a: 1 }',
    problems: ['<folder>/connectors.yaml connectors: expected a list, found an object'],
  },
  {
    name: 'a misspelt top',
    file: 'connector: [{id: a, managementUrl: "http://a", apiKey: k}]',
    problems: [
      '<folder>/connectors.yaml connectors: is missing; expected a list',
      '<folder>/connectors.yaml connector: there is no such field; expected connectors',
    ],
  },
  {
    name: 'an unknown field',
    file: 'connectors: [{id: a, managementUrl: "http://a", apiKey: k, key: x}]',
    problems: [
      '<folder>/connectors.yaml connectors[0].key: there is no such field; expected id, dialect, managementUrl, apiKey, apiKeyFile, callbackAddress, callbackUrl, dataAddressType, secret, secretFile, previousSecret or previousSecretFile',
    ],
  },
  {
    name: 'an id in capitals',
    file: 'connectors: [{id: A, managementUrl: "http://a", apiKey: k}]',
    problems: ['<folder>/connectors.yaml connectors[0].id: expected lower case letters, digits and -'],
  },
  {
    name: 'no address',
    file: 'connectors: [{id: a, apiKey: k}]',
    problems: ['<folder>/connectors.yaml connectors[0].managementUrl: is missing; expected text'],
  },
  {
    name: 'an address of another kind',
    file: 'connectors: [{id: a, managementUrl: "ftp://a", apiKey: k}]',
    problems: [
      '<folder>/connectors.yaml connectors[0].managementUrl: expected an http or https address such as http://provider:19193',
    ],
  },
  {
    name: 'no key',
    file: 'connectors: [{id: a, managementUrl: "http://a"}]',
    problems: ['<folder>/connectors.yaml connectors[0].apiKey: expected either apiKey or apiKeyFile'],
  },
  {
    name: 'an empty key',
    file: 'connectors: [{id: a, managementUrl: "http://a", apiKey: ""}]',
    problems: ['<folder>/connectors.yaml connectors[0].apiKey: is empty; expected at least one character'],
  },
  {
    name: 'a key that YAML reads as a number',
    file: 'connectors: [{id: a, managementUrl: "http://a", apiKey: 12345}]',
    problems: ['<folder>/connectors.yaml connectors[0].apiKey: expected text, found a number; put it in quotes'],
  },
  {
    name: 'a key in two places',
    file: 'connectors: [{id: a, managementUrl: "http://a", apiKey: k, apiKeyFile: x}]',
    problems: ['<folder>/connectors.yaml connectors[0].apiKey: expected either apiKey or apiKeyFile'],
  },
  {
    name: 'a secret in two places',
    file: 'connectors: [{id: a, managementUrl: "http://a", apiKey: k, secret: a-secret-of-the-path_0123456789AB, secretFile: x}]',
    problems: ['<folder>/connectors.yaml connectors[0].secret: expected either secret or secretFile, not both'],
  },
  {
    name: 'a short secret',
    file: 'connectors: [{id: a, managementUrl: "http://a", apiKey: k, secret: short}]',
    problems: ['<folder>/connectors.yaml connectors[0].secret: expected 32 to 128 letters, digits, - and _'],
  },
  {
    name: 'a dialect that there is not',
    file: 'connectors: [{id: a, managementUrl: "http://a", apiKey: k, dialect: morse}]',
    problems: ['<folder>/connectors.yaml connectors[0].dialect: expected http-provisioner or data-plane-signaling'],
  },
  {
    name: 'a control plane without an address',
    file: 'connectors: [{id: a, managementUrl: "http://a", apiKey: k, dialect: data-plane-signaling}]',
    problems: ['<folder>/connectors.yaml connectors[0].signalingUrl: is missing; expected text'],
  },
  {
    name: 'a callback address that is none',
    file: 'connectors: [{id: a, managementUrl: "http://a", apiKey: k, callbackAddress: nowhere}]',
    problems: [
      '<folder>/connectors.yaml connectors[0].callbackAddress: expected an http or https address such as http://provider:19193',
    ],
  },
  {
    name: 'an id twice',
    file: 'connectors: [{id: a, managementUrl: "http://a", apiKey: k}, {id: a, managementUrl: "http://a", apiKey: k}]',
    problems: ['<folder>/connectors.yaml connectors[1].id: the id a stands twice'],
  },
  {
    name: 'a key file that is not there',
    file: 'connectors: [{id: a, managementUrl: "http://a", apiKeyFile: missing}]',
    problems: [
      '<folder>/connectors.yaml connectors[0].apiKeyFile: the file <folder>/missing cannot be read: there is no such file',
    ],
  },
  {
    name: 'a key file that is empty',
    file: 'connectors: [{id: a, managementUrl: "http://a", apiKeyFile: empty}]',
    problems: ['<folder>/connectors.yaml connectors[0].apiKeyFile: the file empty is empty; write the key into it'],
  },
  {
    name: 'a secret file that holds too little',
    file: 'connectors: [{id: a, managementUrl: "http://a", apiKey: k, secretFile: short}]',
    problems: [
      '<folder>/connectors.yaml connectors[0].secretFile: the file short holds no secret: expected 32 to 128 letters, digits, - and _',
    ],
  },
]
