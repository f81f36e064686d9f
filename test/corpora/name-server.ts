import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { isIPv4, isIPv6 } from 'node:net'
import type { Resolver as AddressResolver } from '../../sidecar/fetch/address.ts'

/** What a name stands for, asked for the n-th time (from 1): addresses, or what a server says that has none. */
export type Answers = (name: string, asked: number) => readonly string[] | 'unknown' | 'failure' | 'silence'

/** A name server at a free UDP port of 127.0.0.1. */
export interface NameServer {
  /** Asks this server, and no other, for all addresses of a name. */
  readonly resolver: AddressResolver
  /** How often each name was asked for. */
  readonly asked: ReadonlyMap<string, number>
  close(): Promise<void>
}

const codes = { unknown: 3, failure: 2 } as const

/** Starts it. */
export async function startNameServer(answers: Answers): Promise<NameServer> {
  const asked = new Map<string, number>()
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    const { name, type, end } = questionOf(query)
    // Each look-up asks twice, for IPv4 and IPv6; the first of the two counts.
    if (type === 1) asked.set(name, (asked.get(name) ?? 0) + 1)
    const answer = answers(name, Math.max(1, asked.get(name) ?? 0))
    if (answer === 'silence') return
    socket.send(answerTo(query, end, type, answer), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const client = new Resolver({ timeout: 500, tries: 1 })
  client.setServers([`127.0.0.1:${socket.address().port}`])
  return {
    asked,
    async resolver(host) {
      const [four, six] = await Promise.allSettled([client.resolve4(host), client.resolve6(host)])
      if (four.status === 'rejected' && six.status === 'rejected') throw asLookupSays(four.reason)
      return [
        ...(four.status === 'fulfilled' ? four.value : []).map((address) => ({ address, family: 4 })),
        ...(six.status === 'fulfilled' ? six.value : []).map((address) => ({ address, family: 6 })),
      ]
    },
    close: () => new Promise((resolve) => socket.close(resolve)),
  }
}

/** The system's look-up does not tell a name without addresses from none at all. */
function asLookupSays(reason: unknown): unknown {
  if (reason instanceof Error && 'code' in reason && reason.code === 'ENODATA')
    Object.assign(reason, { code: 'ENOTFOUND' })
  return reason
}

function questionOf(query: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 }
}

/** RFC 1035, section 4; the name of every record points at the question. */
function answerTo(query: Buffer, end: number, type: number, answer: readonly string[] | 'unknown' | 'failure'): Buffer {
  const addresses = typeof answer === 'string' ? [] : answer.filter(type === 1 ? isIPv4 : isIPv6)
  const head = Buffer.from(query.subarray(0, end))
  head.writeUInt16BE(0x8180 | (typeof answer === 'string' ? codes[answer] : 0), 2)
  head.writeUInt16BE(addresses.length, 6)
  head.writeUInt16BE(0, 8)
  head.writeUInt16BE(0, 10)
  return Buffer.concat([head, ...addresses.map((address) => recordOf(address, type))])
}

function recordOf(address: string, type: number): Buffer {
  const data = type === 1 ? Buffer.from(address.split('.').map(Number)) : bytesOf6(address)
  const record = Buffer.alloc(12)
  record.writeUInt16BE(0xc00c, 0)
  record.writeUInt16BE(type, 2)
  record.writeUInt16BE(1, 4)
  record.writeUInt32BE(0, 6)
  record.writeUInt16BE(data.length, 10)
  return Buffer.concat([record, data])
}

function bytesOf6(address: string): Buffer {
  // The URL parser spells IPv6 without dotted quads.
  const spelled = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [before = '', after] = spelled.split('::')
  const left = before === '' ? [] : before.split(':')
  const right = after === undefined || after === '' ? [] : after.split(':')
  const groups = [...left, ...Array(8 - left.length - right.length).fill('0'), ...right]
  const bytes = Buffer.alloc(16)
  for (const [index, group] of groups.entries()) bytes.writeUInt16BE(Number.parseInt(group, 16), 2 * index)
  return bytes
}
