import { z } from 'zod'
import type { CallbackTokens } from './authorization.ts'
import { fromWire, type StoredAddress } from './data-address.ts'
import type { DataPlanes } from './data-planes.ts'
import type { Effect } from './ledger.ts'
import { go, mayGo, type TransferProcess } from './process.ts'
import type { ProcessStore } from './process-store.ts'

/** What a callback is answered, and what it did. */
export interface CallbackAnswer {
  readonly status: number
  readonly effect: Effect
  readonly body?: unknown
}

interface Parts {
  readonly store: ProcessStore
  readonly dataPlanes: DataPlanes
  readonly tokens: CallbackTokens
}

const statusMessage = z.looseObject({ state: z.string(), dataAddress: z.unknown().optional() })

/** What EDC 0.18 does with `POST …/transfers/<processId>/dataflow/<kind>`; `text` is the body. */
export async function callBack(
  { store, dataPlanes, tokens }: Parts,
  {
    processId,
    kind,
    text,
    authorization,
  }: { processId: string; kind: string; text: string; authorization: string | undefined },
): Promise<CallbackAnswer> {
  const process = store.find(processId)
  if (process === undefined) return refused(401)
  if (process.dataPlaneId === undefined) return refused(500) // the answer to `start` is not stored yet: a look-up by null, which throws
  const plane = dataPlanes.find(process.dataPlaneId)
  if (plane === undefined) return refused(401)
  if (plane.authorization !== undefined) {
    const caller = await tokens.caller(authorization, plane.authorization).catch(() => undefined)
    if (caller !== plane.id) return refused(401)
  }
  if (kind === 'completed') return command(store, processId, complete)
  const message = parsed(text)
  if (message === 'bad') return refused(400)
  if (kind === 'errored') return message === undefined ? refused(500) : { status: 200, effect: 'nothing' } // a line in the log
  const read = statusMessage.safeParse(message)
  if (!read.success) return refused(500)
  let address: StoredAddress | undefined
  try {
    const sent = read.data.dataAddress
    address = sent === undefined || sent === null ? undefined : fromWire(sent)
  } catch {
    return refused(500)
  }
  if (kind === 'started') return command(store, processId, (it) => start(it, address))
  if (kind === 'prepared') return command(store, processId, (it) => prepared(it, address))
  return refused(404)
}

/** Whatever throws below leaves the process leased: nothing can be done with it until the lease ends. */
function command(
  store: ProcessStore,
  processId: string,
  modify: (process: TransferProcess) => Effect | 'conflict',
): CallbackAnswer {
  const process = store.findAndLease(processId)
  if (process === 'unknown') return refused(404)
  if (process === 'leased') return refused(409)
  try {
    const effect = modify(process)
    store.save(process)
    return effect === 'conflict'
      ? refused(409, `Could not execute it because it's ${process.state}`)
      : { status: 200, effect }
  } catch {
    return { status: 500, effect: 'broken' }
  }
}

function start(process: TransferProcess, address: StoredAddress | undefined): Effect | 'conflict' {
  if (process.role === 'CONSUMER') return 'conflict'
  const again = process.state === 'STARTING'
  go(process, 'STARTING')
  if (address !== undefined) process.dataAddress = address // the last one wins; nobody becomes its owner
  return again ? 'repeated' : 'changed'
}

function prepared(process: TransferProcess, address: StoredAddress | undefined): Effect {
  const again = process.state === 'REQUESTING'
  go(process, process.role === 'CONSUMER' ? 'REQUESTING' : 'STARTING')
  if (address !== undefined) process.dataAddress = address
  return again ? 'repeated' : 'changed'
}

function complete(process: TransferProcess): Effect | 'conflict' {
  if (!mayGo(process, 'COMPLETING')) return 'conflict'
  const again = process.state === 'COMPLETING'
  go(process, 'COMPLETING')
  return again ? 'repeated' : 'changed'
}

function parsed(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return 'bad'
  }
}

function refused(status: number, message = 'Not authorized'): CallbackAnswer {
  return { status, effect: 'nothing', ...(status === 409 ? { body: [{ message, type: 'ObjectConflict' }] } : {}) }
}
