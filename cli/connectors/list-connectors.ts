import { withoutCredentials } from '../settings/redact.ts'
import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'
import { table } from '../format/table.ts'
import { readConnectors } from './read-connectors.ts'

/** Shows the connectors file without its secrets. */
export function listConnectors(context: Context, options: { readonly file?: string; readonly json?: true }): void {
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
