import { TransientError } from '../../sidecar/retry.ts'
import { ReceptionRefusal } from './refusal.ts'
import type { SourceAnswer } from './source-client.ts'

/** Most that is read of an answer that is no data, in bytes. */
const longestTrouble = 16 * 1024
/** Longest part of what a provider says that goes into a message of ours, in characters. */
const longestDetail = 300

/**
 * What an answer that is no data means. Its body is read as far as it says why.
 * @returns the error to throw: a TransientError where it may pass, a ReceptionRefusal where it will not
 */
export async function troubleIn(answer: SourceAnswer): Promise<Error> {
  const { status } = answer
  const text = await beginOf(answer)
  const problem = problemIn(text)
  const said = `the provider answered ${status}${problem.detail === undefined ? '' : `: ${problem.detail}`}`
  // Suspended on the other side already, while we are about to hear of it.
  const passes = status >= 500 || [408, 425, 429].includes(status) || problem.code === 'result-suspended'
  if (passes) return new TransientError(said, { retryAfterMs: answer.retryAfterMs })
  return new ReceptionRefusal('access-refused', `${said.charAt(0).toUpperCase()}${said.slice(1)}`)
}

/** The beginning of a body, as text; empty where it does not come. */
export async function beginOf(answer: SourceAnswer, most = longestTrouble): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of answer.body) {
      chunks.push(chunk)
      size += chunk.byteLength
      if (size >= most) break
    }
  } catch {
    // What it says beyond its status is of no account.
  } finally {
    answer.close()
  }
  return Buffer.concat(chunks).subarray(0, most).toString('utf8')
}

/** Code and detail of a problem document (RFC 9457), where it is one; cleaned of what would spoil a line. */
function problemIn(text: string): { readonly code?: string; readonly detail?: string } {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return {}
    const { code, detail } = { code: undefined, detail: undefined, ...value }
    return {
      ...(typeof code === 'string' ? { code } : {}),
      ...(typeof detail === 'string' ? { detail: shortened(detail) } : {}),
    }
  } catch {
    return {}
  }
}

/** A text of the other side’s as a message may repeat it. */
export function shortened(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cs}\s]+/gu, ' ').trim()
  return line.length <= longestDetail ? line : `${line.slice(0, longestDetail - 1)}…`
}
