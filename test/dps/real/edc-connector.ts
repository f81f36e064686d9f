import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from '../../support/eventually.ts'
import { freePorts } from './free-ports.ts'
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
  const settings = join(folder, `${name}.properties`)
  const log = join(folder, `${name}.log`)
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
  await writeFile(
    settings,
    Object.entries(properties)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  )
  let running = await launch(lib, settings, log)
  const ready = () =>
    eventually(
      `the ${name}’s connector`,
      async () => {
        if (running.exitCode !== null) throw new Error('it ended')
        const status = await fetch(`${connector.managementUrl}/v4/assets/request`, {
          method: 'POST',
          headers: { 'x-api-key': connector.key, 'content-type': 'application/json' },
          body: JSON.stringify({ '@context': context, '@type': 'QuerySpec' }),
        }).then(
          (answer) => answer.status,
          () => 0,
        )
        return status === 200 ? { done: undefined } : { pending: `it answers ${status}` }
      },
      { deadlineMs: 180_000, pauseMs: 200 },
    )
  await ready().catch(async (error: unknown) => {
    await end(running)
    throw new Error(`${String(error)}; the end of its log:\n${await tail(log)}`, { cause: error })
  })
  return {
    ...connector,
    async restart() {
      await end(running)
      running = await launch(lib, settings, log)
      await ready()
    },
    stop: () => end(running),
  }
}

async function launch(lib: string, settings: string, log: string): Promise<ChildProcess> {
  const output = createWriteStream(log, { flags: 'a' })
  await once(output, 'open')
  const child = spawn(
    javaProgram,
    [
      '-Xmx256m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      `-Dedc.fs.config=${settings}`,
      '-cp',
      join(lib, '*'),
      'org.eclipse.edc.boot.system.runtime.BaseRuntime',
    ],
    { stdio: ['ignore', output, output] },
  )
  await once(child, 'spawn')
  output.close()
  return child
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

async function tail(log: string): Promise<string> {
  return (await readFile(log, 'utf8')).split('\n').slice(-20).join('\n')
}
