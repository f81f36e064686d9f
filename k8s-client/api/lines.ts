import type { Readable } from 'node:stream'

/** Longest line that is read. An object has at most 1.5 MiB in the cluster's store, and only its metadata is asked for. Bytes. */
const longestLine = 8 * 1024 * 1024

/**
 * Splits a body into its lines as they come in.
 * @throws Error where a line has no end
 */
export async function* lines(body: Readable): AsyncGenerator<string> {
  let rest: Buffer[] = []
  let length = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    let begin = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, begin)) {
      yield Buffer.concat([...rest, chunk.subarray(begin, end)]).toString('utf8')
      rest = []
      length = 0
      begin = end + 1
    }
    rest.push(chunk.subarray(begin))
    length += chunk.length - begin
    if (length > longestLine) throw new Error(`a line of more than ${longestLine} bytes`)
  }
}
