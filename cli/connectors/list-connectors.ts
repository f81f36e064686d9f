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
  const connectors = readConnectors(context, options.file).map(
    ({ id, dialect, managementUrl, callbackAddress, secret }) => ({
      id,
      dialect,
      managementUrl: withoutCredentials(managementUrl),
      callbackAddress: withoutCredentials(callbackAddress),
      /** What the connector calls, below our public address. */
      provisionPath: `/connectors/${id}/provision${secret === undefined ? '' : '/<secret>'}`,
      eventsPath: `/connectors/${id}/events${secret === undefined ? '' : '/<secret>'}`,
    }),
  )
  if (options.json === true) return printJson(context.out, { connectors })
  context.out.write(
    table(
      [
        { head: 'ID' },
        { head: 'DIALECT' },
        { head: 'MANAGEMENT API', shrinkTo: 20 },
        { head: 'PROVISION PATH', shrinkTo: 20 },
      ],
      connectors.map(({ id, dialect, managementUrl, provisionPath }) => [id, dialect, managementUrl, provisionPath]),
      context.out,
    ),
  )
}
