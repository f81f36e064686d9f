import { formatDuration } from '../asset/duration.ts'
import type { ComputeAsset } from '../asset/schema.ts'
import { transferExample } from './transfer-example.ts'
import { offerNames } from './vocabulary.ts'

/** How a consumer uses the offer, for people: everything that must be known beyond what holds for any asset. */
export function usageOf(asset: ComputeAsset): string {
  return [
    'The provider computes this for you: you may send parameters, and you get the result.',
    '1. Negotiate a contract for this asset, as for any other.',
    `2. ${transferText(asset)}`,
    `3. ${resultText(asset)}`,
    failureText(asset),
  ].join('\n')
}

function transferText({ parameters, limits }: ComputeAsset): string {
  const names = Object.keys(recordOf(parameters['properties']))
  const most = `A job computes for at most ${formatDuration(limits.timeout)}; ${limits.jobsPerAgreement} transfers are served under one agreement.`
  if (names.length === 0)
    return `Start a transfer of the type HttpData-PULL; a dataDestination is not needed, because there are no parameters. ${most}`
  const { dataDestination } = transferExample(parameters)
  const destination = JSON.stringify(dataDestination ?? { type: 'HttpProxy', params: '{…}' })
  return [
    `Start a transfer of the type HttpData-PULL with a dataDestination such as ${destination}`,
    `params is a JSON object written as text. It must fit the JSON Schema in ${offerNames.parameters}:`,
    ...names.map((name) => `- ${parameterText(parameters, name)}`),
    most,
  ].join('\n')
}

function parameterText(parameters: Readonly<Record<string, unknown>>, name: string): string {
  const { required } = parameters
  const schema = recordOf(recordOf(parameters['properties'])[name])
  const { type, description, default: byDefault, enum: values } = schema
  const facts = [
    String(type),
    Array.isArray(required) && required.includes(name) ? 'required' : 'optional',
    ...(byDefault === undefined ? [] : [`default ${JSON.stringify(byDefault)}`]),
    ...(Array.isArray(values) ? [`one of ${values.map((value) => JSON.stringify(value)).join(', ')}`] : []),
    ...bounds.flatMap(([key, text]) => (schema[key] === undefined ? [] : [`${text} ${JSON.stringify(schema[key])}`])),
  ]
  return `${name} (${facts.join(', ')})${typeof description === 'string' ? `: ${description}` : ''}`
}

const bounds = [
  ['minimum', 'at least'],
  ['exclusiveMinimum', 'more than'],
  ['maximum', 'at most'],
  ['exclusiveMaximum', 'less than'],
  ['minLength', 'length at least'],
  ['maxLength', 'length at most'],
  ['pattern', 'pattern'],
] as const

function resultText({ outputs }: ComputeAsset): string {
  const begin =
    'When the transfer is STARTED, the result is there. Your connector gives its data address (GET /v3/edrs/<transfer id>/dataaddress): GET its endpoint with its authorization in the header Authorization.'
  const [only, ...others] = outputs
  const answer =
    only?.kind === 'file' && others.length === 0
      ? `The answer is the file ${only.name}.`
      : 'Where the result is one file, the answer is that file; else it is a list of files in JSON, and each is read at <endpoint>/files/<path>.'
  return `${begin} ${answer} It can be read until the transfer ends. For HttpData-PUSH the dataDestination is that of your sink, with the same params.`
}

function failureText({ onFailure }: ComputeAsset): string {
  return onFailure === 'terminate'
    ? 'A job that fails terminates the transfer.'
    : 'Where a job fails, the address answers with a report of the failure in place of the result.'
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
