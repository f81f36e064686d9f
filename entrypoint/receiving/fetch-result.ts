import type { z } from 'zod'
import { parseManifest, type ResultFile } from '../../core/result/manifest.ts'
import { TransientError } from '../../sidecar/retry.ts'
import { failureReportSchema, listingSchema } from '../gateway/result-schemas.ts'
import { below, type Fetch, type Fetched } from './fetch.ts'
import { fetchListed } from './fetch-listed.ts'
import { fetchOne } from './fetch-one.ts'
import { beginOf, shortened, troubleIn } from './judge-status.ts'
import type { ReceivingParts } from './parts.ts'
import { ReceptionRefusal } from './refusal.ts'
import type { SourceAnswer } from './source-client.ts'

/** Longest manifest, listing or report that is read, in bytes: a listing of some hundred thousand files. */
const longestManifest = 32 * 2 ** 20
/** Longest JSON that is looked into before it is taken for a file, in bytes. */
const longestReport = 4 * 2 ** 20
/** Between two looks at data that is not there yet, where the provider does not say when to ask; and the shortest. Milliseconds. */
const usualPauseMs = 10_000
const shortestPauseMs = 500
/** A manifest that cannot be had right now is asked for so often before the address itself is believed to have none. */
const mostManifestTries = 3

/**
 * Fetches what lies at a provider’s address. Of a result gateway that is a manifest and files by their paths, or 202 while the job runs;
 * of another data plane one body, which is one file. What is here already, of an earlier try, is not fetched again.
 * @throws ReceptionRefusal, TransientError; AbortError where the signal says so
 */
export async function fetchResult(parts: ReceivingParts, fetch: Fetch): Promise<Fetched> {
  const manifest = await askForManifest(fetch)
  if (manifest !== undefined && 'outcome' in manifest) return manifest
  return manifest === undefined
    ? fetchPlain(parts, fetch)
    : fetchListed(parts, fetch, manifest.text, manifest.files, 'manifest')
}

interface ReadManifest {
  readonly text: string
  readonly files: readonly ResultFile[]
}

async function askForManifest({ client, source, failures }: Fetch): Promise<ReadManifest | Fetched | undefined> {
  const answer = await client.get(below(source.endpoint, 'manifest.json'))
  if (answer.status === 202) return later(answer)
  if (answer.status !== 200) {
    const trouble = await troubleIn(answer)
    // Data planes answer 500 for whatever they get from behind, also where nothing is there.
    if (trouble instanceof TransientError && failures < mostManifestTries) throw trouble
    return undefined
  }
  const text = (await wholeOf(answer, longestManifest))?.toString('utf8')
  if (text === undefined) return undefined
  const manifest = parseManifest(text)
  if (typeof manifest !== 'string') return { text, files: manifest.files }
  // Some data planes end an answer that broke off as if it were whole.
  if (text.startsWith('{') && jsonOf(text) === undefined && failures < mostManifestTries)
    throw new TransientError('the manifest broke off')
  if (looksLikeManifest(text))
    throw new ReceptionRefusal('invalid-manifest', `The manifest cannot be used: ${manifest}.`)
  return undefined
}

/** A server may answer any path with something. */
function looksLikeManifest(text: string): boolean {
  const value = jsonOf(text)
  return typeof value === 'object' && value !== null && 'files' in value && 'totalBytes' in value && 'version' in value
}

async function fetchPlain(parts: ReceivingParts, fetch: Fetch): Promise<Fetched> {
  const answer = await fetch.client.get(fetch.source.endpoint)
  if (answer.status === 202) return later(answer)
  if (answer.status !== 200) throw await troubleIn(answer)
  const { headers } = answer
  const isAttachment = /^attachment/i.test(headers['content-disposition'] ?? '')
  const isShort = Number(headers['content-length'] ?? 0) <= longestReport
  if (isAttachment || !isShort || !/^application\/([\w.-]+\+)?json/i.test(headers['content-type'] ?? ''))
    return fetchOne(parts, fetch, answer)
  const bytes = await wholeOf(answer, longestReport)
  if (bytes === undefined) return fetchOne(parts, fetch, await fetch.client.get(fetch.source.endpoint))
  const value = jsonOf(bytes.toString('utf8'))
  const report = failureReportSchema.safeParse(value)
  if (report.success) {
    const { title, message } = report.data.failure
    throw new ReceptionRefusal('job-failed', shortened(message === undefined ? `${title}.` : `${title}: ${message}`))
  }
  const listing = listingSchema.safeParse(value)
  if (listing.success) {
    const files = listing.data.files.map(listedFile)
    return fetchListed(parts, fetch, undefined, files, 'listing')
  }
  return fetchOne(parts, fetch, { ...answer, body: once(bytes), close: () => undefined })
}

/** An entry of a listing as a manifest has it. */
function listedFile({ path, size, sha256, mediaType }: z.output<typeof listingSchema>['files'][number]): ResultFile {
  return { path, size, sha256, ...(mediaType === undefined ? {} : { mediaType }) }
}

/** A provider that works on it says so, and how it stands. */
async function later(answer: SourceAnswer): Promise<Fetched> {
  const { retryAfterMs = usualPauseMs } = answer
  const value = jsonOf(await beginOf(answer))
  const state = typeof value === 'object' && value !== null && 'state' in value ? value.state : undefined
  return {
    outcome: 'later',
    afterMs: Math.max(retryAfterMs, shortestPauseMs),
    waitsFor: typeof state === 'string' ? shortened(state) : undefined,
  }
}

/** The whole of a short body; `undefined` where it is not short. */
async function wholeOf(answer: SourceAnswer, most: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of answer.body) {
      chunks.push(chunk)
      size += chunk.byteLength
      if (size > most) return undefined
    }
    return Buffer.concat(chunks)
  } finally {
    answer.close()
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
