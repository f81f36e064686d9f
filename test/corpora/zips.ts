import { crc32, deflateRawSync } from 'node:zlib'

/** A file in a zip, right or wrong. */
interface ZipEntry {
  readonly name: string
  readonly data?: string
  readonly method?: number
  readonly flags?: number
  /** Of the directory entry: the mode of UNIX in its upper half. */
  readonly attributes?: number
  readonly size?: number
  readonly extra?: Buffer
  readonly descriptor?: boolean
  /** Of the local header, where it is not its own. */
  readonly offset?: number
}

function zip(entries: readonly ZipEntry[], comment = '', before = ''): Buffer {
  const parts: Buffer[] = [Buffer.from(before)]
  const directory: Buffer[] = []
  let at = before.length
  for (const {
    name,
    data = 'x',
    method = 0,
    flags = 0,
    attributes = 0,
    extra = Buffer.alloc(0),
    descriptor = false,
    ...wrong
  } of entries) {
    const plain = Buffer.from(data)
    const body = method === 8 ? deflateRawSync(plain) : plain
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(flags | (descriptor ? 8 : 0), 2)
    common.writeUInt16LE(method, 4)
    common.writeUInt32LE(crc32(plain), 10)
    common.writeUInt32LE(body.length, 14)
    common.writeUInt32LE(wrong.size ?? plain.length, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    common.writeUInt16LE(extra.length, 24)
    const local = Buffer.concat([
      Buffer.from('PK\u0003\u0004'),
      common,
      Buffer.from(name),
      extra,
      body,
      descriptor ? Buffer.from('PK\u0007\u0008............') : Buffer.alloc(0),
    ])
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(attributes >>> 0, 6)
    rest.writeUInt32LE(wrong.offset ?? at, 10)
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0003'), common, rest, Buffer.from(name), extra)
    parts.push(local)
    at += local.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(entries.length, 4)
  end.writeUInt16LE(entries.length, 6)
  end.writeUInt32LE(central.length, 8)
  end.writeUInt32LE(at, 12)
  end.writeUInt16LE(comment.length, 16)
  return Buffer.concat([...parts, central, Buffer.from('PK\u0005\u0006'), end, Buffer.from(comment)])
}

/** Zips of every kind. No input is unpacked from one, so each is refused for what it is, whatever is inside. */
export const zipCases: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['zip', zip([{ name: 'a' }])],
  ['zip, compressed', zip([{ name: 'a', data: 'x'.repeat(1000), method: 8 }])],
  ['zip of nothing', zip([])],
  ['zip that climbs', zip([{ name: '../../x' }])],
  ['zip with an absolute name', zip([{ name: '/etc/passwd' }])],
  ['zip with backslashes', zip([{ name: '..\\..\\x' }])],
  ['zip with a link by its mode', zip([{ name: 'x', data: '/etc/passwd', attributes: 0o120777 * 2 ** 16 }])],
  ['zip with a device by its mode', zip([{ name: 'x', attributes: 0o020666 * 2 ** 16 }])],
  ['zip, encrypted', zip([{ name: 'x', flags: 1 }])],
  ['zip, strongly encrypted', zip([{ name: 'x', flags: 0x41 }])],
  ['zip with a data descriptor', zip([{ name: 'x', descriptor: true }])],
  ['zip with a method that nobody knows', zip([{ name: 'x', method: 99 }])],
  [
    'zip64',
    zip([{ name: 'x', size: 0xff_ff_ff_ff, extra: Buffer.from([1, 0, 16, 0, ...Array<number>(16).fill(0xff)]) }]),
  ],
  ['zip with overlapping entries', zip([{ name: 'a' }, { name: 'b', offset: 0 }, { name: 'c', offset: 0 }])],
  ['zip with a name twice', zip([{ name: 'a' }, { name: 'a' }])],
  ['zip with names that differ in case', zip([{ name: 'a' }, { name: 'A' }])],
  ['zip with a wrong size', zip([{ name: 'a', size: 5 }])],
  ['zip bomb', zip([{ name: 'a', data: 'x'.repeat(1_000_000), method: 8 }])],
  ['zip with a comment', zip([{ name: 'a' }], 'x'.repeat(1000))],
  ['zip behind something else', zip([{ name: 'a' }], '', 'MZ'.padEnd(600, 'x'))],
  ['zip, cut', zip([{ name: 'a' }]).subarray(0, 20)],
  ['zip with names of JavaScript', zip([{ name: '__proto__' }, { name: 'constructor' }])],
]
