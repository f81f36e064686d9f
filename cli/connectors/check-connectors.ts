import { printJson } from '../command/print.ts'
import type { Context } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { clean } from '../format/clean.ts'
import type { Style } from '../format/style.ts'
import { table } from '../format/table.ts'
import { wrap } from '../format/wrap.ts'
import { type ConnectorCheck, checkConnector } from './check-connector.ts'
import { readConnectors } from './read-connectors.ts'

/** Checks connectors side by side and says what is wrong with them. */
export async function checkConnectors(
  context: Context,
  ids: readonly string[],
  options: { readonly file?: string; readonly json?: true },
): Promise<void> {
  const { out } = context
  const checks = await Promise.all(readConnectors(context, options.file, ids).map(checkConnector))
  if (checks.some(({ ok }) => !ok)) context.exitWith(exitCodes.failed.code)
  if (options.json === true) return printJson(out, { connectors: checks.map(asJson) })
  const rows = checks.map(({ id, managementUrl, reachable, keyAccepted }) => [
    id,
    managementUrl,
    reachable ? 'yes' : 'no',
    keyAccepted === undefined ? 'unknown' : keyAccepted ? 'yes' : 'no',
  ])
  const columns = [
    { head: 'ID' },
    { head: 'MANAGEMENT API', shrinkTo: 20 },
    { head: 'ANSWERS', paint: paintAnswer },
    { head: 'KEY TAKEN', paint: paintAnswer },
  ]
  out.write(table(columns, rows, out))
  for (const { id, fault } of checks) {
    if (fault === undefined) continue
    out.write(`\n${out.style.bold(id)}: ${clean(fault.message)}\n`)
    out.write(`${wrap(`${out.style.bold('hint:')} ${fault.hint}`, out.width, '  ')}\n`)
  }
}

function paintAnswer(text: string, style: Style): string {
  return text === 'yes' ? style.good(text) : text === 'no' ? style.bad(text) : style.warning(text)
}

function asJson({ id, managementUrl, ok, reachable, keyAccepted, fault }: ConnectorCheck): object {
  return { id, managementUrl, ok, reachable, keyAccepted: keyAccepted ?? null, fault: fault ?? null }
}
