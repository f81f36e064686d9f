import type { ErrorCode } from '../../core/errors.ts'
import { anInput, manyInputs, manyVariables } from './example.ts'

/** What is said of a wrong asset. */
interface AssetRow {
  /** What is wrong, for people. */
  readonly name: string
  /** @default invalid-asset */
  readonly code?: ErrorCode
  /** Every problem, whole, as `where: message`. */
  readonly problems: readonly string[]
}

/** Fields that are wrong: the example with something else at these paths, `undefined` for nothing. */
export const fields: readonly (AssetRow & { readonly at: Readonly<Record<string, unknown>> })[] = [
  {
    name: 'another version of this format',
    at: { apiVersion: 'dataspace-compute/v2' },
    problems: ['apiVersion: expected dataspace-compute/v1'],
  },
  { name: 'no kind', at: { kind: undefined }, problems: ['kind: is missing; expected ComputeAsset'] },
  {
    name: 'no metadata',
    at: { metadata: undefined },
    problems: ['metadata: is missing; expected an object (names with values)'],
  },
  {
    name: 'an id with a space and capitals',
    at: { 'metadata.id': 'Word Count' },
    problems: [
      'metadata.id: expected 1 to 50 lower case letters, digits and -, beginning and ending with a letter or digit',
    ],
  },
  {
    name: 'an id that is too long',
    at: { 'metadata.id': 'a'.repeat(51) },
    problems: [
      'metadata.id: expected 1 to 50 lower case letters, digits and -, beginning and ending with a letter or digit',
    ],
  },
  {
    name: 'a version that YAML reads as a number',
    at: { 'metadata.version': 1.1 },
    problems: ['metadata.version: expected text, found a number; put it in quotes'],
  },
  {
    name: 'a version of two parts',
    at: { 'metadata.version': '1.0' },
    problems: ['metadata.version: expected a version such as 1.0.0 (semver.org)'],
  },
  {
    name: 'an empty title',
    at: { 'metadata.title': '' },
    problems: ['metadata.title: is empty; expected at least one character'],
  },
  {
    name: 'a title that is too long',
    at: { 'metadata.title': 'x'.repeat(257) },
    problems: ['metadata.title: expected at most 256 characters'],
  },
  {
    name: 'keywords that are one text',
    at: { 'metadata.keywords': 'text' },
    problems: ['metadata.keywords: expected a list, found text; write it as [a, b]'],
  },
  {
    name: 'a field that is misspelt',
    at: { 'limits.timeot': '1h' },
    problems: [
      'limits.timeot: there is no such field; expected timeout, startTimeout, queueTimeout, retries, concurrentJobs, jobsPerAgreement or outputBytes',
    ],
  },
  {
    name: 'a field at the wrong place',
    at: { timeout: '1h' },
    problems: [
      'timeout: there is no such field; expected apiVersion, kind, metadata, worker, parameters, inputs, outputs, resources, placement, limits, mode, transfers, onFailure or retention',
    ],
  },
  {
    name: 'a field of an output that does not exist',
    at: { 'outputs.0.requird': true },
    problems: ['outputs[0].requird: there is no such field; expected name, kind, required or mediaType'],
  },
  { name: 'no image', at: { 'worker.image': undefined }, problems: ['worker.image: is missing; expected text'] },
  {
    name: 'an image with a scheme',
    at: { 'worker.image': 'https://registry.example/work:1' },
    problems: ['worker.image: is no image reference; expected registry/name@sha256:… or registry/name:tag'],
  },
  {
    name: 'a command that is one text',
    at: { 'worker.command': 'node work.mjs' },
    problems: ['worker.command: expected a list, found text; write it as [a, b]'],
  },
  {
    name: 'a command without a program',
    at: { 'worker.command': [] },
    problems: ['worker.command: is empty; expected at least one entry'],
  },
  {
    name: 'a command whose program is empty',
    at: { 'worker.command': [''] },
    problems: ['worker.command[0]: is empty; expected the program to run'],
  },
  {
    name: 'a command with a NUL',
    at: { 'worker.command': ['node', 'a\0b'] },
    problems: ['worker.command[1]: holds a NUL character'],
  },
  {
    name: 'a script in the command that is too long',
    at: { 'worker.command': Array<string>(17).fill('x'.repeat(8192)) },
    problems: ['worker.command: expected at most 131072 bytes together; put long scripts into the image'],
  },
  {
    name: 'root',
    at: { 'worker.runAs.user': 0 },
    problems: ['worker.runAs.user: expected at least 1: a worker never runs as root'],
  },
  {
    name: 'half a user',
    at: { 'worker.runAs.group': 1.5 },
    problems: ['worker.runAs.group: expected a whole number, found a fraction or more than 2^53'],
  },
  {
    name: 'a user by name',
    at: { 'worker.runAs': 'nobody' },
    problems: ['worker.runAs: expected an object (names with values), found text'],
  },
  {
    name: 'a dotenv file in another folder',
    at: { 'worker.envFile': '../work.env' },
    problems: ['worker.envFile: expected the name of a file, without / and folders'],
  },
  {
    name: 'a variable that steers the runtime',
    at: { 'worker.env': { LD_PRELOAD: '/x.so' } },
    problems: [
      "worker.env.LD_PRELOAD: LD_PRELOAD is reserved: it would change how the worker's runtime behaves; set it in the image instead",
    ],
  },
  {
    name: 'a variable that the service sets',
    at: { 'worker.env': { OUTPUT_DIR: '/x' } },
    problems: ['worker.env.OUTPUT_DIR: OUTPUT_DIR is set by the service and cannot be set here'],
  },
  {
    name: 'a variable with a dash',
    at: { 'worker.env': { 'MY-NAME': '1' } },
    problems: [
      'worker.env["MY-NAME"]: "MY-NAME" is no name: letters, digits and _ only, not beginning with a digit, at most 128',
    ],
  },
  {
    name: 'a variable that YAML reads as a number',
    at: { 'worker.env': { LEVEL: 5 } },
    problems: ['worker.env.LEVEL: expected text, found a number; put it in quotes'],
  },
  {
    name: 'a variable that YAML reads as true',
    at: { 'worker.env': { DEBUG: true } },
    problems: ['worker.env.DEBUG: expected text, found true; put it in quotes'],
  },
  {
    name: 'a variable without a value',
    at: { 'worker.env': { LEVEL: null } },
    problems: ['worker.env.LEVEL: expected text, found nothing; write "" for a text without characters'],
  },
  {
    name: 'a variable that is too large',
    at: { 'worker.env': { LARGE: 'x'.repeat(32_769) } },
    problems: ['worker.env.LARGE: expected at most 32768 bytes'],
  },
  {
    name: 'a variable with half a character',
    at: { 'worker.env': { TEXT: 'a\ud800' } },
    problems: ['worker.env.TEXT: holds half a character (a surrogate such as \\ud800 alone)'],
  },
  {
    name: 'variables as a list',
    at: { 'worker.env': ['LEVEL=5'] },
    problems: ['worker.env: expected an object (names with values), found a list'],
  },
  {
    name: 'a variable that is a parameter',
    at: { 'worker.env': { TOP: '5' } },
    problems: [
      'worker.env.TOP: is a parameter too; what the provider fixes here, a consumer cannot set. Take one of the two away',
    ],
  },
  {
    name: 'a secret in clear',
    at: { 'worker.env': { MODEL_KEY: 'hunter2' } },
    problems: ['worker.secrets[0]: MODEL_KEY stands in worker.env in clear; take it away there'],
  },
  {
    name: 'a secret that is a parameter',
    at: { 'worker.secrets': ['TOP'] },
    problems: ['worker.secrets[0]: TOP is a parameter too; take one of the two away'],
  },
  {
    name: 'a secret twice',
    at: { 'worker.secrets': ['A_KEY', 'A_KEY'] },
    problems: ['worker.secrets[1]: A_KEY stands in the list twice'],
  },
  {
    name: 'a pull secret that is no name',
    at: { 'worker.pullSecrets': ['Registry_Key'] },
    problems: [
      'worker.pullSecrets[0]: expected the name of a Kubernetes object: lower case letters, digits, - and ., each part beginning and ending with a letter or digit',
    ],
  },
  {
    name: 'a pull secret with two dots',
    at: { 'worker.pullSecrets': ['registry..key'] },
    problems: [
      'worker.pullSecrets[0]: expected the name of a Kubernetes object: lower case letters, digits, - and ., each part beginning and ending with a letter or digit',
    ],
  },
  {
    name: 'parameters as a list',
    at: { parameters: [] },
    problems: ['parameters: expected an object (names with values), found a list'],
  },
  {
    name: 'parameters without a type',
    at: { parameters: { properties: { TOP: { type: 'integer' } } } },
    problems: ['parameters.type: expected "object"'],
  },
  {
    name: 'a parameter that is a list',
    at: { 'parameters.properties.TOP': { type: 'array' } },
    problems: ['parameters.properties.TOP.type: expected one of string, number, integer, boolean'],
  },
  {
    name: 'a parameter that steers the runtime',
    at: { 'parameters.properties.NODE_OPTIONS': { type: 'string' } },
    problems: [
      "parameters.properties.NODE_OPTIONS: NODE_OPTIONS is reserved: it would change how the worker's runtime behaves; set it in the image instead",
    ],
  },
  {
    name: 'a parameter whose default does not fit',
    at: { 'parameters.properties.TOP': { type: 'integer', default: 'ten' } },
    problems: ['parameters.properties.TOP.default: does not fit its own property: must be integer'],
  },
  {
    name: 'a parameter with a misspelt keyword',
    at: { 'parameters.properties.TOP': { type: 'integer', minimun: 1 } },
    problems: ['parameters.properties.TOP: is no JSON Schema (2020-12) that can be used: unknown keyword: "minimun"'],
  },
  {
    name: 'a parameter with a limit in quotes',
    at: { 'parameters.properties.TOP': { type: 'integer', minimum: '1' } },
    problems: ['parameters.properties.TOP: is no JSON Schema (2020-12) that can be used: minimum must be number'],
  },
  {
    name: 'a parameter whose pattern is none',
    at: { 'parameters.properties.TOP': { type: 'string', pattern: '(' } },
    problems: [
      'parameters.properties.TOP: is no JSON Schema (2020-12) that can be used: Invalid regular expression: /(/u: Unterminated group',
    ],
  },
  {
    name: 'a required parameter that is not declared',
    at: { 'parameters.required': ['BOTTOM'] },
    problems: ['parameters.required: "BOTTOM" is not declared in properties'],
  },
  {
    name: 'an input from nowhere',
    at: { inputs: [{ name: 'a.txt' }] },
    problems: ['inputs[0].from: expected exactly one of url, s3 {bucket, key}, bundled or upload'],
  },
  {
    name: 'an input from two places',
    at: { 'inputs.0.from': { url: 'https://data.example/a', s3: { bucket: 'models', key: 'm' } } },
    problems: ['inputs[0].from: expected exactly one of url, s3 {bucket, key}, bundled or upload'],
  },
  {
    name: 'an input from an FTP server',
    at: { 'inputs.0.from': { url: 'ftp://data.example/a' } },
    problems: ['inputs[0].from.url: expected an http or https address'],
  },
  {
    name: 'an input whose address stands alone',
    at: { 'inputs.0.from': 'https://data.example/a' },
    problems: ['inputs[0].from: expected exactly one of url, s3 {bucket, key}, bundled or upload'],
  },
  {
    name: 'an input from a bucket that is none',
    at: { 'inputs.0.from': { s3: { bucket: 'Models', key: 'm' } } },
    problems: ['inputs[0].from.s3.bucket: expected a bucket name: 3 to 63 lower case letters, digits, . and -'],
  },
  {
    name: 'an input from a bucket without a key',
    at: { 'inputs.0.from': { s3: { bucket: 'models' } } },
    problems: ['inputs[0].from.s3.key: is missing; expected text'],
  },
  {
    name: 'an input whose key would be a pattern',
    at: { 'inputs.0.from': { s3: { bucket: 'models', key: '*' } } },
    problems: ['inputs[0].from.s3.key: expected a key of 1 to 1024 characters without *, ? and $'],
  },
  {
    name: 'an input that the consumer uploads',
    at: { 'inputs.0.from': { upload: true } },
    code: 'feature-not-available',
    problems: ['inputs[0].from: upload is not available yet; use url, s3 or bundled'],
  },
  {
    name: 'an input in a folder',
    at: { 'inputs.0.name': 'data/a.txt' },
    problems: ['inputs[0].name: expected the name of a file, without / and folders'],
  },
  {
    name: 'an input whose digest is cut off',
    at: { 'inputs.0.sha256': 'abc123' },
    problems: ['inputs[0].sha256: expected 64 hexadecimal digits in lower case'],
  },
  {
    name: 'an input of nothing',
    at: { 'inputs.0.maximumBytes': '0' },
    problems: ['inputs[0].maximumBytes: expected a whole number of bytes, from 1 to 8Pi, such as 512Mi or 2Gi'],
  },
  {
    name: 'an input whose size is a number',
    at: { 'inputs.0.maximumBytes': 1048576 },
    problems: ['inputs[0].maximumBytes: expected text, found a number; put it in quotes'],
  },
  { name: 'too many inputs', at: { inputs: manyInputs }, problems: ['inputs: expected at most 64 entries'] },
  {
    name: 'two inputs of one name',
    at: { inputs: [anInput('a.txt'), anInput('A.txt')] },
    problems: ['inputs[1].name: A.txt is there already; names must differ in more than upper and lower case'],
  },
  { name: 'no outputs', at: { outputs: undefined }, problems: ['outputs: is missing; expected a list'] },
  { name: 'outputs that are none', at: { outputs: [] }, problems: ['outputs: is empty; expected at least one entry'] },
  {
    name: 'an output outside its folder',
    at: { 'outputs.0.name': '..' },
    problems: ['outputs[0].name: expected the name of a file, without / and folders'],
  },
  {
    name: 'an output with a space',
    at: { 'outputs.0.name': 'my result.txt' },
    problems: [
      'outputs[0].name: "my result.txt" has characters other than letters, digits and . _ @ + = -, or is longer than 128',
    ],
  },
  {
    name: 'an output of a kind that does not exist',
    at: { 'outputs.0.kind': 'folder' },
    problems: ['outputs[0].kind: expected file or directory'],
  },
  {
    name: 'an output that is required with words',
    at: { 'outputs.0.required': 'yes' },
    problems: ['outputs[0].required: expected true or false, found text'],
  },
  {
    name: 'an output whose media type is an ending',
    at: { 'outputs.0.mediaType': 'csv' },
    problems: ['outputs[0].mediaType: expected a media type such as text/csv'],
  },
  {
    name: 'two outputs of one name',
    at: { outputs: [{ name: 'a' }, { name: 'a', kind: 'directory' }] },
    problems: ['outputs[1].name: a is there already; names must differ in more than upper and lower case'],
  },
  {
    name: 'cores as a number',
    at: { 'resources.cpu': 1 },
    problems: ['resources.cpu: expected text, found a number; put it in quotes'],
  },
  {
    name: 'no cores, which would mean all',
    at: { 'resources.cpu': '0' },
    problems: [
      'resources.cpu: expected from 1m (a thousandth of a core) to 1000000 cores, no finer than 1m, such as 500m or 2',
    ],
  },
  {
    name: 'cores in words',
    at: { 'resources.cpu': 'half' },
    problems: ['resources.cpu: expected a number of cores such as 500m or 2'],
  },
  {
    name: 'less than a thousandth of a core',
    at: { 'resources.cpu': '0.0005' },
    problems: [
      'resources.cpu: expected from 1m (a thousandth of a core) to 1000000 cores, no finer than 1m, such as 500m or 2',
    ],
  },
  {
    name: 'memory with the wrong unit',
    at: { 'resources.memory': '1GB' },
    problems: ['resources.memory: expected a number of bytes such as 512Mi or 2Gi'],
  },
  {
    name: 'half a byte of memory',
    at: { 'resources.memory': '500m' },
    problems: ['resources.memory: expected a whole number of bytes, from 1Mi to 8Pi, such as 512Mi or 2Gi'],
  },
  {
    name: 'no memory, which would mean all',
    at: { 'resources.memory': '0' },
    problems: ['resources.memory: expected a whole number of bytes, from 1Mi to 8Pi, such as 512Mi or 2Gi'],
  },
  {
    name: 'a device without a domain',
    at: { 'resources.gpu': { resource: 'gpu', count: 1 } },
    problems: [
      'resources.gpu.resource: expected the name of an extended resource such as nvidia.com/gpu, with a domain that is not kubernetes.io',
    ],
  },
  {
    name: 'a device of Kubernetes’ own',
    at: { 'resources.gpu': { resource: 'kubernetes.io/gpu', count: 1 } },
    problems: [
      'resources.gpu.resource: expected the name of an extended resource such as nvidia.com/gpu, with a domain that is not kubernetes.io',
    ],
  },
  {
    name: 'no devices of a kind',
    at: { 'resources.gpu': { resource: 'nvidia.com/gpu', count: 0 } },
    problems: ['resources.gpu.count: expected at least 1'],
  },
  {
    name: 'a node label that is true',
    at: { 'placement.nodeSelector': { ssd: true } },
    problems: ['placement.nodeSelector.ssd: expected text, found true; put it in quotes'],
  },
  {
    name: 'a node label whose key is none',
    at: { 'placement.nodeSelector': { 'my disk': 'ssd' } },
    problems: [
      'placement.nodeSelector["my disk"]: expected the key of a label such as disk or topology.kubernetes.io/zone, its name at most 63 characters',
    ],
  },
  {
    name: 'a node label whose value is none',
    at: { 'placement.nodeSelector': { disk: 'very fast' } },
    problems: [
      'placement.nodeSelector.disk: expected at most 63 letters, digits, - _ and ., beginning and ending with a letter or digit',
    ],
  },
  {
    name: 'a toleration of nothing',
    at: { 'placement.tolerations': [{}] },
    problems: ['placement.tolerations[0].operator: expected Exists where key is left out: then every taint is meant'],
  },
  {
    name: 'a toleration that compares what it does not look at',
    at: { 'placement.tolerations': [{ key: 'gpu', operator: 'Exists', value: 'yes' }] },
    problems: ['placement.tolerations[0].value: is not compared with operator Exists; leave it out, or use Equal'],
  },
  {
    name: 'a toleration for a while without NoExecute',
    at: { 'placement.tolerations': [{ key: 'gpu', operator: 'Exists', tolerationSeconds: 5 }] },
    problems: ['placement.tolerations[0].effect: expected NoExecute where tolerationSeconds is set'],
  },
  {
    name: 'a toleration with an operator of another kind',
    at: { 'placement.tolerations': [{ key: 'gpu', operator: 'In' }] },
    problems: ['placement.tolerations[0].operator: expected Exists or Equal'],
  },
  {
    name: 'a priority class that is no name',
    at: { 'placement.priorityClass': 'High Priority' },
    problems: [
      'placement.priorityClass: expected the name of a Kubernetes object: lower case letters, digits, - and ., each part beginning and ending with a letter or digit',
    ],
  },
  {
    name: 'a time limit in words',
    at: { 'limits.timeout': '1 hour' },
    problems: ['limits.timeout: expected a duration such as 90s, 10m, 1h or 7d'],
  },
  {
    name: 'a time limit without a unit',
    at: { 'limits.timeout': 3600 },
    problems: ['limits.timeout: expected text, found a number; put it in quotes'],
  },
  {
    name: 'a time limit of nothing',
    at: { 'limits.startTimeout': '0s' },
    problems: ['limits.startTimeout: expected at least 1s and at most 3650d'],
  },
  {
    name: 'a time limit of centuries',
    at: { 'limits.timeout': '99999d' },
    problems: ['limits.timeout: expected at least 1s and at most 3650d'],
  },
  { name: 'too many retries', at: { 'limits.retries': 11 }, problems: ['limits.retries: expected at most 10'] },
  {
    name: 'no slot at all',
    at: { 'limits.concurrentJobs': 0 },
    problems: ['limits.concurrentJobs: expected at least 1'],
  },
  {
    name: 'a size below nothing',
    at: { 'limits.outputBytes': '-1' },
    problems: ['limits.outputBytes: expected a number of bytes such as 512Mi or 2Gi'],
  },
  { name: 'a mode that does not exist', at: { mode: 'stream' }, problems: ['mode: expected batch or interactive'] },
  {
    name: 'a mode that is not there yet',
    at: { mode: 'interactive' },
    code: 'feature-not-available',
    problems: ['mode: interactive is not available yet; use batch'],
  },
  {
    name: 'an answer to failure that does not exist',
    at: { onFailure: 'ignore' },
    problems: ['onFailure: expected terminate, report or report-with-logs'],
  },
  {
    name: 'results for ever',
    at: { retention: 'for ever' },
    problems: ['retention: expected a duration such as 90s, 10m, 1h or 7d'],
  },
  {
    name: 'several things at once',
    at: {
      'metadata.title': '',
      'worker.image': 'a b',
      'worker.secrets': ['TOP'],
      outputs: [{ name: 'a' }, { name: 'A', kind: 'x' }],
    },
    problems: [
      'metadata.title: is empty; expected at least one character',
      'outputs[1].kind: expected file or directory',
      'worker.image: is no image reference; expected registry/name@sha256:… or registry/name:tag',
      'worker.secrets[0]: TOP is a parameter too; take one of the two away',
      'outputs[1].name: A is there already; names must differ in more than upper and lower case',
    ],
  },
]

/** Documents that are wrong before they have fields. */
export const documents: readonly (AssetRow & { readonly text: string | Uint8Array })[] = [
  { name: 'an empty document', text: '', problems: ['asset: expected an object (names with values), found nothing'] },
  { name: 'a list', text: '- 1', problems: ['asset: expected an object (names with values), found a list'] },
  { name: 'plain text', text: 'word-count', problems: ['asset: expected an object (names with values), found text'] },
  {
    name: 'a bracket that is never closed',
    text: 'metadata:\n  id: [a\n',
    problems: ['asset line 3, column 1: a ] is missing before this place'],
  },
  {
    name: 'JSON that breaks off',
    text: '{"kind": "ComputeAsset",',
    problems: ['asset line 1, column 25: a } is missing before this place'],
  },
  {
    name: 'a quote that is never closed',
    text: 'kind: "ComputeAsset',
    problems: ['asset line 1, column 20: the " that opens the text is never closed'],
  },
  {
    name: 'a field twice',
    text: 'kind: ComputeAsset\nkind: ComputeAsset',
    problems: ['asset line 2, column 1: this field stands twice; leave one of the two out'],
  },
  {
    name: 'a tab',
    text: 'metadata:\n\tid: a',
    problems: ['asset line 2, column 1: a tab stands where YAML takes spaces only'],
  },
  {
    name: 'a tag of another program',
    text: 'kind: !secret x',
    problems: ['asset line 1, column 7: the tag !secret means nothing here; leave it out, or put the value in quotes'],
  },
  {
    name: 'a colon in a value',
    text: 'kind: Compute: Asset',
    problems: ['asset line 1, column 7: a colon and a space stand within a value; put the value in quotes'],
  },
  {
    name: 'a value that begins with @',
    text: 'kind: @ComputeAsset',
    problems: ['asset line 1, column 7: a value cannot begin with @; put it in quotes'],
  },
  {
    name: 'two documents',
    text: 'kind: ComputeAsset\n---\nkind: ComputeAsset',
    problems: ['asset line 2, column 1: a second document begins here; send one asset at a time'],
  },
  {
    name: 'an alias of nothing',
    text: 'kind: *other',
    problems: ['asset: *other stands for nothing: there is no &other before it'],
  },
  {
    name: 'another encoding',
    text: Buffer.from('title: Gr\u00f6\u00dfe', 'latin1'),
    problems: ['asset: is not UTF-8; save the file in that encoding'],
  },
  {
    name: 'a document that is too large',
    text: `# ${'x'.repeat(300_000)}\n`,
    code: 'body-too-large',
    problems: ['asset: has more than 262144 bytes (256 KiB), the most that is taken'],
  },
]

/** Files that do not fit the asset they come with. */
export const files: readonly (AssetRow & {
  readonly at: Readonly<Record<string, unknown>>
  readonly envFile?: string | Uint8Array
  readonly bundled?: Readonly<Record<string, string>>
  /** What `dsc asset validate` says where it looks at a disk and not at a form. */
  readonly onDisk?: readonly (string | RegExp)[] | 'nothing'
})[] = [
  {
    name: 'a dotenv file that is not there',
    at: { 'worker.envFile': 'work.env' },
    problems: ['worker.envFile: the file work.env was not sent; add it as a part envFile'],
    onDisk: [/^worker\.envFile: the file work\.env is not there: .*work\.env$/],
  },
  {
    name: 'a dotenv file that the asset does not name',
    at: {},
    envFile: 'A=1\n',
    problems: ['worker.envFile: a dotenv file was sent, but the asset names none; write its name here'],
    onDisk: 'nothing',
  },
  {
    name: 'a dotenv file in another encoding',
    at: { 'worker.envFile': 'work.env' },
    envFile: Buffer.from('NAME=Gr\u00f6\u00dfe', 'latin1'),
    code: 'invalid-dotenv',
    problems: ['dotenv: is not UTF-8; save the file in that encoding'],
  },
  {
    name: 'a dotenv file that is too large',
    at: { 'worker.envFile': 'work.env' },
    envFile: `# ${'x'.repeat(300_000)}\n`,
    code: 'body-too-large',
    problems: ['dotenv: has more than 262144 bytes (256 KiB), the most that is taken'],
  },
  {
    name: 'a secret that the dotenv file holds in clear',
    at: { 'worker.envFile': 'work.env' },
    envFile: 'MODEL_KEY=hunter2\n',
    problems: ['worker.secrets[0]: MODEL_KEY stands in the dotenv file in clear; take it away there'],
  },
  {
    name: 'more variables than a ConfigMap takes beside parameters',
    at: { 'worker.envFile': 'work.env', 'worker.env': manyVariables('E') },
    envFile: Object.entries(manyVariables('D'))
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
    problems: [
      'worker.env: the dotenv file and env have 512032 bytes together; at most 500000 are taken. Put large settings into the image or an input',
    ],
  },
  {
    name: 'a bundled file that is not there',
    at: { inputs: [{ name: 'a.txt', from: { bundled: 'a.txt' } }] },
    problems: ['inputs[0].from.bundled: the file a.txt was not sent; add it as a part bundled'],
    onDisk: [/^inputs\[0\]\.from\.bundled: the file a\.txt is not there: .*a\.txt$/],
  },
  {
    name: 'a bundled file that no input names',
    at: {},
    bundled: { 'a.txt': 'x' },
    problems: ['bundled a.txt: no input of the asset names this file; leave it out'],
    onDisk: 'nothing',
  },
  {
    name: 'a bundled file with another digest',
    at: { inputs: [{ name: 'a.txt', from: { bundled: 'a.txt' }, sha256: '0'.repeat(64) }] },
    bundled: { 'a.txt': 'x' },
    problems: [
      'inputs[0].sha256: the file a.txt has the digest 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881',
    ],
  },
  {
    name: 'a bundled file that is larger than its input allows',
    at: { inputs: [{ name: 'a.txt', from: { bundled: 'a.txt' }, maximumBytes: '4' }] },
    bundled: { 'a.txt': 'hello' },
    problems: ['inputs[0].maximumBytes: the file a.txt has 5 bytes; raise the limit, or send a smaller file'],
  },
  {
    name: 'asset, dotenv file and bundled files at once',
    at: {
      'worker.envFile': 'work.env',
      'limits.retries': 99,
      inputs: [{ name: 'a.txt', from: { bundled: 'a.txt' }, maximumBytes: '4' }],
    },
    envFile: 'PATH=x\n',
    bundled: { 'a.txt': 'hello' },
    problems: [
      'limits.retries: expected at most 10',
      "dotenv line 1: PATH is reserved: it would change how the worker's runtime behaves; set it in the image instead",
      'inputs[0].maximumBytes: the file a.txt has 5 bytes; raise the limit, or send a smaller file',
    ],
  },
]
