import type { IncomingMessage } from 'node:http'

/** A message's whole body; empty where it is cut off. */
export async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of message) chunks.push(Buffer.from(chunk))
  } catch {
    return Buffer.alloc(0)
  }
  return Buffer.concat(chunks)
}
