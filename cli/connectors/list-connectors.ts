import type { ConnectorSettings } from '../../config/connectors.ts'
import { withoutCredentials } from '../../config/without-credentials.ts'
import { listConnectors as askService } from '../api/connectors.ts'
import { openAdminApi } from '../api/open.ts'
import { CliError } from '../cli-error.ts'
import type { AdminOptions, JsonOption } from '../command/options.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'
import { connectorTable } from '../format/connector.ts'
import { table } from '../format/table.ts'
import { readConnectors } from './read-connectors.ts'

/** Options of `dsc connector list`. */
export interface ListOptions extends AdminOptions, JsonOption {
  readonly local?: true
  readonly file?: string
}

/** Shows the connectors of the service, or those of the connectors file on this machine. */
export async function listConnectors(context: Context, options: ListOptions): Promise<void> {
  const { out } = context
  if (options.local === true) return listLocally(context, options)
  if (options.file !== undefined)
    throw new CliError('usage', '--file is read for --local only', { hint: 'Add --local.' })
  const connectors = await askService(openAdminApi(context, options))
  if (options.json === true) return printJson(out, { connectors })
  out.write(connectorTable(connectors, context.now(), out))
}

/** The connectors file without its secrets. */
function listLocally(context: Context, options: ListOptions): void {
  const connectors = readConnectors(context, options.file).map(shown)
  if (options.json === true) return printJson(context.out, { connectors })
  context.out.write(
    table(
      [
        { head: 'ID' },
        { head: 'DIALECT' },
        { head: 'MANAGEMENT API', shrinkTo: 20 },
        { head: 'PROVISION PATH', shrinkTo: 20 },
      ],
      connectors.map((one) => [
        one.id,
        one.dialect,
        one.managementUrl ?? '',
        'provisionPath' in one ? one.provisionPath : one.dataPlanePath,
      ]),
      context.out,
    ),
  )
}

type ShownLocally = {
  readonly id: string
  readonly dialect: string
  readonly managementUrl: string | null
} & (
  | {
      readonly callbackAddress: string
      /** What the connector calls, below our public address. */
      readonly provisionPath: string
      readonly eventsPath: string
    }
  | { readonly signalingUrl: string; readonly dataPlanePath: string }
)

/** A connector without its secrets. */
function shown(settings: ConnectorSettings): ShownLocally {
  const { id, dialect, secret } = settings
  const segment = secret === undefined ? '' : '/<secret>'
  if (settings.dialect === 'http-provisioner')
    return {
      id,
      dialect,
      managementUrl: withoutCredentials(settings.managementUrl),
      callbackAddress: withoutCredentials(settings.callbackAddress),
      provisionPath: `/connectors/${id}/provision${segment}`,
      eventsPath: `/connectors/${id}/events${segment}`,
    }
  return {
    id,
    dialect,
    managementUrl: settings.management === undefined ? null : withoutCredentials(settings.management.url),
    signalingUrl: withoutCredentials(settings.signalingUrl),
    dataPlanePath: `/dataplanes/${id}${segment}/dataflows`,
  }
}
