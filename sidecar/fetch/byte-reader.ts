/** The bytes of a stream, as many at a time as are asked for. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array()

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]()
  }

  /**
   * Reads so many bytes.
   * @returns fewer only where the stream ends
   */
  async read(length: number): Promise<Buffer> {
    const pieces: Uint8Array[] = []
    for await (const piece of this.pieces(length)) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  /** The next so many bytes as they come, or what is left where the stream ends before. */
  async *pieces(length: number): AsyncGenerator<Uint8Array> {
    for (let missing = length; missing > 0; ) {
      if (this.#rest.byteLength === 0) {
        const next = await this.#chunks.next()
        if (next.done === true) return
        this.#rest = next.value
      }
      const piece = this.#rest.subarray(0, missing)
      this.#rest = this.#rest.subarray(piece.byteLength)
      missing -= piece.byteLength
      yield piece
    }
  }
}
