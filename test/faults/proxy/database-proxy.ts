import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type Fault, faultName, type FaultPlan } from './fault.ts'
import type { FaultProxy } from './fault-proxy.ts'
import { errorAnswer, query, type WireMessage, wireReader } from './postgres-wire.ts'
import { nameOfStatement } from './statement-names.ts'

/** What becomes of the answer to a call; `refused`: the client hears of an error in its place. */
type Answered =
  | { readonly kind: 'passes' }
  | Extract<Fault, { kind: 'lost' | 'truncated' }>
  | { readonly kind: 'refused'; readonly state: string }

/** A client's connection. */
interface Link {
  readonly client: Socket
  readonly server: Socket
  /** Nothing goes through any more, in neither direction. The server sees as little of it as of a network that drops everything. */
  hangs: boolean
}

const passes: Answered = { kind: 'passes' }

/**
 * Stands between the service and a PostgreSQL server. A call is a connection that is made, or a statement with all of its messages;
 * its answer ends with ReadyForQuery. What the server is made to refuse it refuses itself, so that transactions end as they do there.
 * @param url of the database
 */
export async function startDatabaseProxy(url: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(url)
  const calls = new Map<string, number>()
  /** Calls since the plan is in force: what a start asks as well must not use up what the plan has for those behind it. */
  const planned = new Map<string, number>()
  const faults = new Map<string, number>()
  const links = new Set<Link>()
  let silent = false
  let plan: FaultPlan = () => undefined

  /** What goes wrong with a call; both are counted. */
  const drawn = (name: string): Fault | undefined => {
    const index = planned.get(name) ?? 0
    planned.set(name, index + 1)
    calls.set(name, (calls.get(name) ?? 0) + 1)
    const fault = silent ? ({ kind: 'hang' } as const) : plan({ dependency: 'database', name, index })
    if (fault === undefined) return undefined
    const kind = `${name}: ${faultName(fault)}`
    faults.set(kind, (faults.get(kind) ?? 0) + 1)
    return fault
  }

  const server = createServer({ noDelay: true }, (client) => {
    const link: Link = { client, server: connect({ host: hostname, port: Number(port), noDelay: true }), hangs: false }
    links.add(link)
    client.on('error', () => undefined)
    link.server.on('error', () => undefined)
    link.server.on('close', () => {
      links.delete(link)
      if (!link.hangs) client.destroy()
    })
    client.on('close', () => {
      if (!link.hangs) link.server.destroy()
    })
    passOn(link, drawn, () => silent)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const own = new URL(url)
  own.hostname = '127.0.0.1'
  own.port = String((server.address() as AddressInfo).port)
  return {
    dependency: 'database',
    url: own.href,
    calls,
    faults,
    get plan() {
      return plan
    },
    set plan(next) {
      planned.clear()
      plan = next
    },
    silence() {
      silent = true
    },
    cutAll: () => links.forEach(cut),
    heal() {
      silent = false
      plan = () => undefined
      for (const link of links) if (link.hangs) cut(link)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const link of links) {
          link.client.destroy()
          link.server.destroy()
        }
      }),
  }
}

function passOn(link: Link, drawn: (name: string) => Fault | undefined, isSilent: () => boolean): void {
  const expected: Answered[] = []
  const read = wireReader(true)
  const answers = wireReader(false)
  const gathered: WireMessage[] = []
  let inTurn: Promise<void> = Promise.resolve()

  const ask = async (messages: readonly WireMessage[]): Promise<void> => {
    if (link.hangs) return
    const name = nameOfStatement(messages)
    const fault = drawn(name)
    const send = (bytes: Buffer, answered: Answered): void => {
      expected.push(answered)
      link.server.write(bytes)
    }
    const whole = Buffer.concat(messages.map(({ bytes }) => bytes))
    switch (fault?.kind) {
      case 'hang':
        link.hangs = true
        return
      case 'reset':
        return cut(link)
      case 'answer':
      case 'error': {
        const state = fault.kind === 'error' ? fault.state : '57P01'
        if (name === 'connect') return endWith(link, state)
        if (state.startsWith('57P')) return send(query('SELECT pg_terminate_backend(pg_backend_pid())'), passes)
        // A commit that fails ends its transaction, any other statement leaves it to be ended.
        if (name === 'commit') return send(query('ROLLBACK'), { kind: 'refused', state })
        return send(query(`DO $$ BEGIN RAISE 'injected' USING ERRCODE = '${state}'; END $$`), passes)
      }
      case 'slow':
        await pause(fault.ms)
        return send(whole, passes)
      default:
        return send(whole, fault ?? passes)
    }
  }

  link.client.on('data', (piece: Buffer) => {
    for (const message of read(piece)) {
      // A password belongs to the connection that is being made.
      if (message.type === 'p' || message.type === 'X') {
        if (!link.hangs) link.server.write(message.bytes)
        continue
      }
      gathered.push(message)
      if (!['', 'Q', 'S'].includes(message.type)) continue
      const call = gathered.splice(0)
      inTurn = inTurn.then(() => ask(call))
    }
  })

  const held: Buffer[] = []
  let failed = false
  link.server.on('data', (piece: Buffer) => {
    if (isSilent()) link.hangs = true
    const through: Buffer[] = []
    for (const { type, bytes } of answers(piece)) {
      if (link.hangs) return
      const [answered = passes] = expected
      if (answered.kind === 'passes') through.push(bytes)
      else held.push(bytes)
      if (type === 'E') failed = true
      if (type !== 'Z') continue
      expected.shift()
      if (through.length > 0) link.client.write(Buffer.concat(through.splice(0)))
      if (answered.kind !== 'passes') handBack(link, answered, held.splice(0), failed)
      failed = false
    }
    if (through.length > 0) link.client.write(Buffer.concat(through))
  })
}

/** Gives an answer that is whole, or what comes in its place. */
function handBack(link: Link, answered: Answered, answer: readonly Buffer[], failed: boolean): void {
  const whole = Buffer.concat(answer)
  switch (answered.kind) {
    case 'refused':
      link.client.write(Buffer.concat([errorAnswer('ERROR', answered.state), ...answer.slice(-1)]))
      return
    case 'truncated':
      link.client.write(whole.subarray(0, whole.length >> 1), () => cut(link))
      return
    case 'lost':
      if (failed) link.client.write(whole)
      else if (answered.instead === 'nothing') link.hangs = true
      else if (answered.instead === 'reset') cut(link)
      else endWith(link, '08006')
      return
    default:
      link.client.write(whole)
  }
}

/** Ends a connection as the server, or somebody in between, does: with a last word. */
function endWith({ client, server }: Link, state: string): void {
  client.end(errorAnswer('FATAL', state))
  server.destroy()
}

function cut({ client, server }: Link): void {
  // One that is being closed cannot be reset any more: it would stay open for ever.
  if (client.writableEnded || client.destroyed) client.destroy()
  else client.resetAndDestroy()
  server.destroy()
}
