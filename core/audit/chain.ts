import { type AuditDraft, type AuditEntry, placed } from './entry.ts'

/** SHA-256 of a text in UTF-8, as 64 hexadecimal digits. */
export type Hash = (text: string) => string

/** A place in the chain: the entry of this number has this hash. */
export interface ChainPlace {
  /** 0 before the first entry. */
  readonly sequence: number
  readonly hash: string
}

/** Where every chain begins. */
export const chainStart: ChainPlace = { sequence: 0, hash: '0'.repeat(64) }

/** An entry with its hash: that of the hash before it, a line feed, and the entry as text. */
export interface SealedEntry {
  readonly entry: AuditEntry
  /** The entry as JSON, exactly as it was hashed. */
  readonly body: string
  readonly hash: string
}

/**
 * Puts drafts behind the last entry, in order.
 * @param now milliseconds since 1970
 */
export function seal(head: ChainPlace, drafts: readonly AuditDraft[], now: number, hash: Hash): readonly SealedEntry[] {
  const sealed: SealedEntry[] = []
  let last = head
  for (const draft of drafts) {
    const entry = placed(draft, last.sequence + 1, now)
    const body = JSON.stringify(entry)
    last = { sequence: entry.sequence, hash: linkHash(last, body, hash) }
    sealed.push({ entry, body, hash: last.hash })
  }
  return sealed
}

/**
 * Says what is wrong with the link from one entry to the next.
 * @returns `undefined` where nothing is
 */
export function linkProblem(
  before: ChainPlace,
  { entry, body, hash: kept }: SealedEntry,
  hash: Hash,
): string | undefined {
  const expected = before.sequence + 1
  if (entry.sequence !== expected) return `entry ${expected} is missing: ${entry.sequence} follows ${before.sequence}`
  return linkHash(before, body, hash) === kept
    ? undefined
    : `the hash of entry ${expected} does not fit its text and the entry before it`
}

function linkHash(before: ChainPlace, body: string, hash: Hash): string {
  return hash(`${before.hash}\n${body}`)
}

/** The place of an entry. */
export function placeOf({ entry, hash }: SealedEntry): ChainPlace {
  return { sequence: entry.sequence, hash }
}

/** A line of an export: the entry's text with its hash as the last member, so that the log can be checked without the service. */
export function exportedLine({ body, hash }: SealedEntry): string {
  return `${body.slice(0, -1)},"hash":"${hash}"}`
}

const lastMember = /,"hash":"([0-9a-f]{64})"\}$/

/**
 * Reads a line of an export.
 * @returns `undefined` where it is none
 */
export function readExportedLine(line: string): SealedEntry | undefined {
  const match = lastMember.exec(line)
  if (match === null) return undefined
  const body = `${line.slice(0, match.index)}}`
  try {
    const entry: unknown = JSON.parse(body)
    return isEntry(entry) ? { entry, body, hash: match[1] ?? '' } : undefined
  } catch {
    return undefined
  }
}

function isEntry(value: unknown): value is AuditEntry {
  return typeof value === 'object' && value !== null && 'sequence' in value && typeof value.sequence === 'number'
}
