import type { Output } from '../context.ts'

/** Prints text as it comes. */
export async function printStream(out: Output, stream: ReadableStream<Uint8Array>): Promise<void> {
  const decoder = new TextDecoder()
  for await (const chunk of stream) out.write(decoder.decode(chunk, { stream: true }))
  out.write(decoder.decode())
}
