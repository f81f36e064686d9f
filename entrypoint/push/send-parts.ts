import type { PartUpload } from '../../sidecar/store/store.ts'
import type { BufferPool } from '../../sidecar/upload/buffer-pool.ts'
import { letArrive } from '../../sidecar/let-arrive.ts'

/**
 * Sends bytes as the parts of an upload, several at a time: as many as the pool has buffers.
 * @param partBytes size of every part but the last, which the pool's buffers hold
 * @throws whatever reading or sending throws; then nothing is being sent any more
 */
export async function sendParts(
  parts: PartUpload,
  body: AsyncIterable<Uint8Array>,
  pool: BufferPool,
  partBytes: number,
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController()
  const late = letArrive(failed.signal)
  const both = AbortSignal.any([signal, failed.signal])
  const sent = AbortSignal.any([signal, late.signal])
  const sending: Promise<void>[] = []
  let buffer: Buffer | undefined
  let filled = 0
  const send = (): void => {
    if (buffer === undefined || filled === 0) return
    const [full, bytes] = [buffer, buffer.subarray(0, filled)]
    ;[buffer, filled] = [undefined, 0]
    const part = parts
      .put(sending.length + 1, bytes, sent)
      .catch((error: unknown) => failed.abort(error))
      .finally(() => pool.give(full))
    sending.push(part)
  }
  try {
    for await (const chunk of body) {
      for (let at = 0; at < chunk.byteLength; ) {
        buffer ??= await pool.take(both)
        const taken = chunk.subarray(at, at + partBytes - filled)
        buffer.set(taken, filled)
        filled += taken.byteLength
        at += taken.byteLength
        if (filled === partBytes) send()
      }
    }
    send()
  } catch (error) {
    failed.abort(error)
  }
  if (buffer !== undefined) pool.give(buffer)
  // Buffers must not be given to others, nor parts be removed, while something is still sent from them.
  await Promise.all(sending)
  late.end()
  both.throwIfAborted()
}
