import { STATUS_CODES } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { authorizationHeader } from './authorization.ts'
import { fromWire, type StoredAddress } from './data-address.ts'
import type { DataPlane } from './data-planes.ts'
import type { Decide } from './faults.ts'
import type { Ledger } from './ledger.ts'

/** A signal that failed, for good: EDC sends none again but after a lost connection, once and with the same body. */
export class SignalFailed extends Error {
  override readonly name = 'SignalFailed'
}

/** What is read of the answer to `prepare`, `start` and `resume`. */
export interface FlowAnswer {
  /** A state that ends in ING. The status, 200 or 202, is not looked at, nor is any other state: TERMINATED counts as started. */
  readonly asynchronous: boolean
  readonly dataAddress: StoredAddress | undefined
}

/** The signal that is about to be sent, for faults. */
export interface Sending {
  readonly kind: string
  readonly processId: string
}

const answerSchema = z.looseObject({ state: z.string(), dataAddress: z.unknown().optional() })

/** Sends signals to data planes. */
export class SignalingClient {
  readonly #ledger: Ledger
  readonly #timeoutMs: number
  decide: Decide<Sending> = () => undefined

  /** @param timeoutMs how long an answer may take; EDC waits 30 s */
  constructor(ledger: Ledger, timeoutMs: number) {
    this.#ledger = ledger
    this.#timeoutMs = timeoutMs
  }

  /** Sends it and passes over what is answered. @throws SignalFailed */
  async tell(plane: DataPlane, processId: string, kind: string, body: Record<string, unknown>): Promise<void> {
    await this.#send(plane, processId, kind, body)
  }

  /** Sends it and reads the answer. @throws SignalFailed */
  async ask(plane: DataPlane, processId: string, kind: string, body: Record<string, unknown>): Promise<FlowAnswer> {
    const text = await this.#send(plane, processId, kind, body)
    try {
      const { state, dataAddress } = answerSchema.parse(JSON.parse(text))
      const none = dataAddress === undefined || dataAddress === null
      return { asynchronous: state.endsWith('ING'), dataAddress: none ? undefined : fromWire(dataAddress) }
    } catch (error) {
      throw new SignalFailed(`Cannot read response body: ${String(error)}`)
    }
  }

  async #send(plane: DataPlane, processId: string, kind: string, body: Record<string, unknown>): Promise<string> {
    try {
      return await this.#try(plane, processId, kind, body)
    } catch (error) {
      if (error instanceof SignalFailed) throw error
    }
    try {
      return await this.#try(plane, processId, kind, body)
    } catch (error) {
      if (error instanceof SignalFailed) throw error
      throw new SignalFailed(`java.io.IOException: ${String(error)}`)
    }
  }

  async #try(plane: DataPlane, processId: string, kind: string, body: Record<string, unknown>): Promise<string> {
    const header = plane.authorization === undefined ? undefined : await authorized(plane.authorization)
    const path = kind === 'prepare' || kind === 'start' ? kind : `${processId}/${kind}`
    const fault = this.decide({ kind, processId })
    const at = performance.now()
    const note = (status: number | undefined, answer: string) =>
      this.#ledger.signals.push({
        kind,
        processId,
        dataPlaneId: plane.id,
        body,
        status,
        answer,
        authorization: header,
        at,
      })
    if (fault === 'cut-before') throw new Error('the connection was cut')
    if (typeof fault === 'object' && 'status' in fault) throw refused(fault.status, fault.body ?? '')
    let answer: Response
    let text: string
    try {
      answer = await fetch(`${plane.endpoint}/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(header === undefined ? {} : { authorization: header }) },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(this.#timeoutMs),
        redirect: 'manual',
      })
      text = await answer.text()
    } catch (error) {
      note(undefined, String(error))
      throw error
    }
    note(answer.status, text)
    if (fault === 'cut-after') throw new Error('the connection was cut')
    if (typeof fault === 'object') await pause(fault.lateMs)
    if (!answer.ok) throw refused(answer.status, text)
    return text
  }
}

/** The reason goes to the consumer, the data plane's own words included. */
function refused(status: number, body: string): SignalFailed {
  return new SignalFailed(`Data-plane responded with ${status} - ${STATUS_CODES[status] ?? ''}. Response body: ${body}`)
}

async function authorized(profile: Readonly<Record<string, unknown>>): Promise<string> {
  try {
    return await authorizationHeader(profile)
  } catch (error) {
    throw new SignalFailed(String(error))
  }
}
