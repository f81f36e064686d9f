import type { Row } from './rows.ts'

/**
 * A page of a list without the rows that cannot be read, and still full, so that whoever pages through it does not take a gap for the end.
 * `dsc check` names these rows.
 * @param read gives up to so many rows behind the one with this id
 * @param parse throws where a row cannot be read
 */
export async function readablePage<T>(
  limit: number,
  before: string | undefined,
  read: (before: string | undefined, limit: number) => Promise<readonly Row[]>,
  parse: (row: Row) => T,
): Promise<readonly T[]> {
  const page: T[] = []
  for (let from = before; page.length < limit; ) {
    const wanted = limit - page.length
    const rows = await read(from, wanted)
    for (const row of rows) {
      try {
        page.push(parse(row))
      } catch {
        continue
      }
    }
    const last = rows.at(-1)
    if (rows.length < wanted || last === undefined) break
    from = String(last['id'])
  }
  return page
}
