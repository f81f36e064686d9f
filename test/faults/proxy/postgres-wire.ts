/** A message of PostgreSQL's protocol, version 3 (postgresql.org/docs/15/protocol-message-formats.html). */
export interface WireMessage {
  /** Its first character; empty for the one that begins a connection, which has none. */
  readonly type: string
  /** All of it, as it came. */
  readonly bytes: Buffer
}

/**
 * Takes pieces of one direction of a connection as they come, and gives the messages that are whole.
 * @param begins whether the first message is the one without a type, as clients begin
 */
export function wireReader(begins: boolean): (piece: Buffer) => readonly WireMessage[] {
  let rest: Buffer = Buffer.alloc(0)
  let untyped = begins
  return (piece) => {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    const whole: WireMessage[] = []
    for (;;) {
      const head = untyped ? 0 : 1
      if (rest.length < head + 4) return whole
      const length = head + rest.readInt32BE(head)
      if (rest.length < length) return whole
      whole.push({ type: rest.toString('latin1', 0, head), bytes: rest.subarray(0, length) })
      rest = rest.subarray(length)
      untyped = false
    }
  }
}

/** The texts of a message, each ended by a zero, from its begin on. */
export function textsOf({ bytes }: WireMessage): readonly string[] {
  return bytes.toString('utf8', 5).split('\0')
}

/** A statement as a client sends it by itself. */
export function query(text: string): Buffer {
  return message('Q', Buffer.from(`${text}\0`))
}

/** An error as a server answers with it. */
export function errorAnswer(severity: 'ERROR' | 'FATAL', state: string): Buffer {
  const fields = [`S${severity}`, `V${severity}`, `C${state}`, `Minjected ${state}`]
  return message('E', Buffer.from(`${fields.join('\0')}\0\0`))
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5, type)
  head.writeInt32BE(4 + body.length, 1)
  return Buffer.concat([head, body])
}
