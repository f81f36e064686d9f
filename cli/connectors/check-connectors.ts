import { secretPlace } from '../../entrypoint/connectors/check/addresses.ts'
import { checkConnector, listConnectors, type ShownReport } from '../api/connectors.ts'
import { openAdminApi } from '../api/open.ts'
import { CliError } from '../cli-error.ts'
import type { AdminOptions, JsonOption } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { formatReport } from '../format/connector.ts'
import { waitingLine } from '../format/waiting-line.ts'
import { checkFromHere } from './check-from-here.ts'
import { readConnectors } from './read-connectors.ts'

/** Options of `dsc connector check`. */
export interface CheckOptions extends AdminOptions, JsonOption {
  /** The protocol address of the connector to probe. */
  readonly probe?: string
  readonly local?: true
  readonly showSecrets?: true
  readonly file?: string
}

/** Checks connectors side by side and says what is wrong with them. */
export async function checkConnectors(context: Context, ids: readonly string[], options: CheckOptions): Promise<void> {
  refuseNonsense(ids, options)
  const { out } = context
  const told = options.probe !== undefined && options.json !== true
  const end = told
    ? waitingLine(context, 'the connector makes a transfer with itself, which may take a minute')
    : undefined
  const found = await (options.local === true
    ? locally(context, ids, options)
    : byService(context, ids, options)
  ).finally(() => end?.())
  const reports = options.showSecrets === true ? withSecrets(context, found, options.file) : found
  if (reports.some(({ ok }) => !ok)) context.exitWith(exitCodes.failed.code)
  if (options.json === true) return printJson(out, { connectors: reports })
  out.write(reports.map((report) => formatReport(report, out)).join('\n'))
}

function refuseNonsense(ids: readonly string[], { probe, local, file, showSecrets }: CheckOptions): void {
  if (probe !== undefined && ids.length !== 1)
    throw new CliError('usage', 'A probe is of one connector', { hint: 'Name it before --probe.' })
  if (probe !== undefined && local === true)
    throw new CliError('usage', 'A probe waits for messages to the service', { hint: 'Leave out --local.' })
  if (probe !== undefined && !/^https?:$/.test(URL.parse(probe)?.protocol ?? ''))
    throw new CliError('usage', '--probe takes the connector’s protocol address', {
      hint: 'It is edc.dsp.callback.address of its configuration, such as http://localhost:19194/protocol.',
    })
  if (file !== undefined && local !== true && showSecrets !== true)
    throw new CliError('usage', '--file is read for --local and --show-secrets only', { hint: 'Add one of them.' })
}

function locally(context: Context, ids: readonly string[], { file }: CheckOptions): Promise<readonly ShownReport[]> {
  const connectors = readConnectors(context, file, ids)
  return Promise.all(connectors.map((settings) => checkFromHere(settings, context.now)))
}

async function byService(
  context: Context,
  ids: readonly string[],
  options: CheckOptions,
): Promise<readonly ShownReport[]> {
  const api = openAdminApi(context, options)
  const all = (await listConnectors(api)).map(({ id }) => id)
  const unknown = ids.filter((id) => !all.includes(id))
  if (unknown.length > 0) {
    throw new CliError('not-found', `The service has no connector ${unknown.join(', ')}`, {
      hint: `It has ${all.join(', ')}.`,
    })
  }
  return Promise.all((ids.length === 0 ? all : ids).map((id) => checkConnector(api, id, options.probe)))
}

/** The secrets of the connectors file on this machine, put where the lines have a place for them. */
function withSecrets(
  context: Context,
  reports: readonly ShownReport[],
  file: string | undefined,
): readonly ShownReport[] {
  const connectors = readConnectors(
    context,
    file,
    reports.map(({ id }) => id),
  )
  return reports.map((report) => {
    const secret = connectors.find(({ id }) => id === report.id)?.secret
    if (secret === undefined) return report
    const checks = report.checks.map(({ mend, ...row }) =>
      mend === undefined
        ? row
        : { ...row, mend: { ...mend, lines: mend.lines.map((line) => line.replaceAll(secretPlace, secret)) } },
    )
    return { ...report, checks }
  })
}
