import { z } from 'zod'
import type { SimulatedAccess } from './simulated-connector/simulated-connector.ts'
import type { Timeline } from './timeline.ts'

/** What a listing says that matters here. */
const listingSchema = z.looseObject({
  files: z.array(z.object({ path: z.string(), size: z.number(), href: z.string() })),
})
/** Most lines of one file, and most files, that are shown. */
const mostLines = 24
const mostFiles = 3
const mostNames = 8

/** Fetches the result through the data plane as the consumer does, and shows it: one file, or a listing and some of the files. */
export async function fetchResult(access: SimulatedAccess, show: Timeline): Promise<void> {
  const first = await get(access, '')
  const text = await first.text()
  const listing =
    first.headers.get('content-disposition') === null ? listingSchema.safeParse(JSON.parse(text)) : undefined
  if (listing?.success !== true) {
    show.step(`consumer fetched the result (${text.length} characters)`)
    return show.block(shorten(text))
  }
  const { files } = listing.data
  const names = files.slice(0, mostNames).map((file) => `${file.path} (${file.size} bytes)`)
  const more = files.length > mostNames ? ` and ${files.length - mostNames} more` : ''
  show.step(`consumer fetched the listing: ${names.join(', ')}${more}`)
  for (const file of interesting(files)) {
    const content = await (await get(access, `/${file.href}`)).text()
    show.step(`consumer fetched ${file.path}`)
    if (/\.(html|svg|png)$/.test(file.path)) show.block('(to be looked at in a browser)')
    else show.block(shorten(content))
  }
  return undefined
}

/** The few files that tell most: those at the top of the result. */
function interesting<F extends { readonly path: string }>(files: readonly F[]): readonly F[] {
  return files.toSorted((a, b) => a.path.split('/').length - b.path.split('/').length).slice(0, mostFiles)
}

async function get(access: SimulatedAccess, path: string): Promise<Response> {
  const response = await fetch(access.endpoint + path, { headers: { authorization: access.authorization } })
  if (!response.ok) throw new Error(`the data plane answered ${response.status}: ${await response.text()}`)
  return response
}

function shorten(text: string): string {
  const lines = text.split('\n')
  return lines.length <= mostLines
    ? text
    : [...lines.slice(0, mostLines), `… and ${lines.length - mostLines} more lines`].join('\n')
}
