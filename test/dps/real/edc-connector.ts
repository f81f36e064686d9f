import { mkdir } from 'node:fs/promises'
import { type EdcProcess, startEdcProcess } from '../../support/edc-process.ts'
import { freePorts } from '../../support/free-ports.ts'
import { javaProgram } from './java.ts'

/** A running control plane of EDC 0.18 with in-memory stores, as its administrator sees it. */
export interface EdcConnector {
  readonly name: 'provider' | 'consumer'
  readonly managementUrl: string
  readonly key: string
  /** Where other connectors reach it. */
  readonly protocolUrl: string
  /** Where data planes call it back; `callbackAddress` of its messages. */
  readonly signalingUrl: string
  /** Its program, to be paused and killed. */
  readonly process: EdcProcess
  /** Starts it anew at the same addresses, with nothing in its stores. */
  restart(): Promise<void>
  stop(): Promise<void>
}

const context = ['https://w3id.org/edc/connector/management/v2']

/**
 * Starts one with ports of its own.
 * @param lib folder of the jars of controlplane-base-bom and iam-mock, with all they need
 * @param folder for settings and the log
 */
export async function startEdc(name: EdcConnector['name'], lib: string, folder: string): Promise<EdcConnector> {
  const [web = 0, management = 0, protocol = 0, control = 0, signaling = 0, version = 0] = await freePorts(6)
  const at = (port: number, path: string) => `http://127.0.0.1:${port}${path}`
  const connector = {
    name,
    managementUrl: at(management, '/management'),
    key: `${name}-management-key`,
    protocolUrl: at(protocol, '/protocol/2025-1'),
    signalingUrl: at(signaling, '/api/signaling'),
  }
  await mkdir(folder, { recursive: true })
  const properties = {
    'edc.participant.id': name,
    'edc.hostname': '127.0.0.1',
    'web.http.port': web,
    'web.http.path': '/api',
    'web.http.management.port': management,
    'web.http.management.path': '/management',
    'web.http.management.auth.type': 'tokenbased',
    'web.http.management.auth.key': connector.key,
    'web.http.protocol.port': protocol,
    'web.http.protocol.path': '/protocol',
    'edc.dsp.callback.address': at(protocol, '/protocol'),
    'web.http.control.port': control,
    'web.http.control.path': '/control',
    'web.http.version.port': version,
    'web.http.version.path': '/version',
    'web.http.signaling.port': signaling,
    'web.http.signaling.path': '/api/signaling',
    'web.http.signaling.public.uri': connector.signalingUrl,
    'edc.transfer.state-machine.iteration-wait-millis': 100,
    'edc.negotiation.state-machine.iteration-wait-millis': 100,
    'edc.transfer.send.retry.limit': 3,
    'edc.core.retry.retries.max': 1,
  }
  const ask = (): Promise<Response> =>
    fetch(`${connector.managementUrl}/v4/assets/request`, {
      method: 'POST',
      headers: { 'x-api-key': connector.key, 'content-type': 'application/json' },
      body: JSON.stringify({ '@context': context, '@type': 'QuerySpec' }),
    })
  const process = await startEdcProcess({ name, java: javaProgram, lib, folder, properties, ask })
  return {
    ...connector,
    process,
    async restart() {
      await process.kill()
      await process.start()
    },
    stop: () => process.kill(),
  }
}
