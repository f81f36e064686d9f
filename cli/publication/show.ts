import type { Context, Output } from '../context.ts'
import { clean } from '../format/clean.ts'
import { type Field, fields, heading } from '../format/fields.ts'
import { table } from '../format/table.ts'
import { wrap } from '../format/wrap.ts'
import type { ShownPolicy, ShownPublication, ShownUnpublication } from './api.ts'

/** A publication that was made. */
export function showPublished({ out, err }: Context, publication: ShownPublication): void {
  const { assetId, connectorId, version, changes } = publication
  const done = changes.length === 0 ? 'was published already, and nothing differs' : 'is published'
  out.write(`${assetId} ${version} ${out.style.good(done)} at ${connectorId}.\n`)
  out.write(fields(policyFields(publication), out.style, '  '))
  if (changes.length > 0) out.write(heading('Written', out.style) + changesTable(publication, out))
  warn(err, publication)
}

/** What publishing would change. */
export function showDifference({ out, err }: Context, publication: ShownPublication): void {
  const { assetId, connectorId, version, publishedVersion, inStep, changes, blocked } = publication
  if (inStep) out.write(`${assetId} ${version} at ${connectorId} is ${out.style.good('as it shall be')}.\n`)
  else if (publishedVersion === null)
    out.write(`${assetId} is ${out.style.warning('not published')} at ${connectorId}; this would be ${version}.\n`)
  else
    out.write(
      `${assetId} at ${connectorId} ${out.style.warning('differs')}: it shows ${publishedVersion}, wanted is ${version}.\n`,
    )
  out.write(fields(policyFields(publication), out.style, '  '))
  if (changes.length > 0) out.write(heading('Would be written', out.style) + changesTable(publication, out))
  for (const { code, message } of blocked)
    out.write(`\n${wrap(`${out.style.bad('refused:')} ${clean(message)} (${code})`, out.width)}\n`)
  warn(err, publication)
}

/** What became of a publication that was taken away. */
export function showUnpublished({ out, err }: Context, gone: ShownUnpublication): void {
  const { assetId, connectorId, removed, kept, otherOffers } = gone
  const offered = otherOffers.length > 0
  const state = removed.length + kept.length === 0 ? 'is not published' : 'is published no more'
  out.write(`${assetId} ${offered ? state : out.style.good(state)} at ${connectorId}.\n`)
  const rows = [
    ...removed.map(({ object, id }) => ['removed', object, id, '']),
    ...kept.map(({ object, id, reason }) => ['kept', object, id, reason]),
  ]
  const columns = [{ head: 'OUTCOME' }, { head: 'OBJECT' }, { head: 'ID', shrinkTo: 20 }, { head: 'WHY', shrinkTo: 20 }]
  if (rows.length > 0) out.write(`\n${table(columns, rows, out)}`)
  for (const id of otherOffers)
    warning(
      err,
      `The contract definition ${id}, which is not ours, goes on offering the asset. Remove it in the connector.`,
    )
}

function policyFields({ accessPolicy, contractPolicy }: ShownPublication): readonly Field[] {
  return [
    ['access policy', policyText(accessPolicy, 'every participant sees the offer')],
    ['contract policy', policyText(contractPolicy, 'no condition')],
  ]
}

function policyText({ id, open, choice, edited }: ShownPolicy, meaning: string): string {
  const facts = [
    ...(open === true ? [meaning] : []),
    ...(choice === 'kept' ? ['as it was'] : []),
    ...(edited ? ['edited in the connector'] : []),
  ]
  const name = id ?? 'must be named'
  return facts.length === 0 ? name : `${name} (${facts.join(', ')})`
}

function changesTable({ changes }: ShownPublication, out: Output): string {
  const rows = changes.flatMap(({ object, id, action, fields: changed }) =>
    action === 'update'
      ? changed.map(({ field, before, after }) => [action, `${object} ${id}`, field, before ?? '-', after ?? '-'])
      : [[action, `${object} ${id}`, '', '', '']],
  )
  const columns = [
    { head: 'ACTION' },
    { head: 'OBJECT', shrinkTo: 20 },
    { head: 'FIELD', shrinkTo: 12 },
    { head: 'IN THE CONNECTOR', shrinkTo: 12 },
    { head: 'WANTED', shrinkTo: 12 },
  ]
  const created = rows.every(([action]) => action !== 'update')
  return table(created ? columns.slice(0, 2) : columns, rows, out)
}

function warn(err: Output, publication: ShownPublication): void {
  const { accessPolicy, contractPolicy, version, newestVersion, otherOffers } = publication
  if (accessPolicy.open === true)
    warning(
      err,
      contractPolicy.open === true
        ? 'Every participant of the dataspace sees this offer and may use it, without any condition. --access-policy and --contract-policy restrict it.'
        : 'Every participant of the dataspace sees this offer. --access-policy restricts who does.',
    )
  for (const id of otherOffers)
    warning(err, `The contract definition ${id}, which is not ours, offers the asset as well, under its own policies.`)
  if (newestVersion === null) warning(err, 'The asset is paused: transfers are refused until it is resumed.')
  else if (newestVersion !== version)
    warning(err, `The catalogue describes ${version}, but new transfers get ${newestVersion}.`)
}

function warning(err: Output, text: string): void {
  err.write(`${wrap(`${err.style.warning('warning:')} ${clean(text)}`, err.width)}\n`)
}
