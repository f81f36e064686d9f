import { formatDuration } from '../asset/duration.ts'
import type { ComputeAsset } from '../asset/schema.ts'
import { firstTransfer, type OfferAccess } from './access.ts'
import { parametersAlone, transferExample } from './transfer-example.ts'
import { offerNames } from './vocabulary.ts'

/** How a consumer uses the offer, for people: everything that must be known beyond what holds for any asset. */
export function usageOf(asset: ComputeAsset, access: OfferAccess): string {
  return [
    'The provider computes this for you: you may send parameters, and you get the result.',
    '1. Negotiate a contract for this asset, as for any other.',
    `2. ${transferText(asset, access)}`,
    `3. ${resultText(asset, access)}`,
    failureText(asset),
  ].join('\n')
}

function transferText({ parameters, limits }: ComputeAsset, access: OfferAccess): string {
  const names = Object.keys(recordOf(parameters['properties']))
  const most = `A job computes for at most ${formatDuration(limits.timeout)}; ${limits.jobsPerAgreement} transfers are served under one agreement.`
  const start = `Start a transfer of the type ${firstTransfer(access).transferType}`
  if (names.length === 0) return `${start}; ${noParametersText(access)}, because there are no parameters. ${most}`
  return [
    `${start} ${parametersPlace(parameters, access)}`,
    `params is a JSON object written as text. It must fit the JSON Schema in ${offerNames.parameters}:`,
    ...names.map((name) => `- ${parameterText(parameters, name)}`),
    most,
  ].join('\n')
}

function noParametersText(access: OfferAccess): string {
  return firstTransfer(access).type === 'pull' ? 'a dataDestination is not needed' : 'its destination needs no params'
}

/** Where the parameters stand. */
function parametersPlace(parameters: Readonly<Record<string, unknown>>, access: OfferAccess): string {
  const inOwnAddress = 'with params in the data address of your data plane'
  if (firstTransfer(access).type === 'push')
    return access.told === 'connector' ? 'with params in its dataDestination' : inOwnAddress
  const { dataDestination } = transferExample(parameters, access)
  const example = JSON.stringify(dataDestination ?? parametersAlone(access, '{…}'))
  return `with a dataDestination such as ${example}${access.told === 'connector' ? '' : `, or ${inOwnAddress}`}`
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

function resultText({ outputs }: ComputeAsset, access: OfferAccess): string {
  const [only, ...others] = outputs
  const answer =
    only?.kind === 'file' && others.length === 0
      ? `The answer is the file ${only.name}.`
      : 'Where the result is one file, the answer is that file; else it is a list of files in JSON, and each is read at <endpoint>/files/<path>.'
  const pulled = firstTransfer(access).type === 'pull'
  return [
    ...(pulled ? [pullText(access), answer, 'It can be read until the transfer ends.'] : []),
    ...pushText(access),
  ].join(' ')
}

function pullText(access: OfferAccess): string {
  const { told } = access
  const atOnce = firstTransfer(access).start === 'sync'
  return [
    atOnce ? 'The transfer is STARTED at once.' : 'When the transfer is STARTED, the result is there.',
    told === 'connector'
      ? 'Your connector gives its data address (GET /v3/edrs/<transfer id>/dataaddress): GET its endpoint with its authorization in the header Authorization.'
      : 'Your data plane is told its data address: GET its endpoint with its authorization as bearer token.',
    ...(atOnce ? ['It answers 202 until the result is there.'] : []),
  ].join(' ')
}

function pushText({ transfers, told }: OfferAccess): readonly string[] {
  const names = transfers.filter(({ type }) => type === 'push').map(({ transferType }) => transferType)
  if (names.length === 0) return []
  const types = names.join(' and ')
  return [
    told === 'connector'
      ? `For ${types} the dataDestination is that of your sink, with the same params.`
      : `For ${types} the result goes to the data address of your data plane, which has the same params.`,
  ]
}

function failureText({ onFailure }: ComputeAsset): string {
  return onFailure === 'terminate'
    ? 'A job that fails terminates the transfer.'
    : 'Where a job fails, the address answers with a report of the failure in place of the result.'
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
