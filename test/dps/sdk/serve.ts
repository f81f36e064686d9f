import type { ExecutionContext } from 'ava'
import { anyCaller } from '../../../dps/auth/check-caller.ts'
import { registration } from '../../../dps/client/registration.ts'
import type { DataPlane } from '../../../dps/data-plane.ts'
import type { Authorization } from '../../../dps/messages/authorization.ts'
import { type HandlerOptions, dataPlaneHandler } from '../../../dps/server/handle.ts'
import { nodeListener } from '../../../dps/server/node-listener.ts'
import { httpServer } from '../../support/http-server.ts'
import type { ControlPlane } from '../stand-in/control-plane.ts'

/** A data plane on a server of its own, registered at a control plane. */
export interface Served {
  readonly id: string
  /** Base of its signaling endpoint. */
  readonly url: string
  /** What was thrown and is no refusal. */
  readonly errors: readonly unknown[]
}

/** Serves a data plane and registers it for one transfer type, through the Management API as any data plane does. */
export async function serve(
  t: ExecutionContext,
  dataPlane: DataPlane,
  at: ControlPlane,
  type: string,
  more: { authenticate?: HandlerOptions['authenticate']; authorization?: Authorization } = {},
): Promise<Served> {
  const errors: unknown[] = []
  const handle = dataPlaneHandler({
    dataPlane,
    authenticate: more.authenticate ?? anyCaller(at.name),
    onError: (error) => errors.push(error),
  })
  const url = `${await httpServer(t, nodeListener(handle, { base: '/dps/v1' }))}/dps/v1`
  const id = `${at.name}-data-plane`
  await register(t, at, { dataplaneId: id, endpoint: `${url}/dataflows`, profiles: [type], ...authorizing(more) })
  return { id, url, errors }
}

/** Registers a data plane at a control plane. */
export async function register(
  t: ExecutionContext,
  at: ControlPlane,
  dataPlane: Parameters<typeof registration>[0]['dataPlane'],
): Promise<void> {
  const registered = registration({
    address: `${at.managementUrl}/v4`,
    headers: { 'x-api-key': at.key },
    dataPlane,
  })
  t.deepEqual(await registered.register(), { outcome: 'taken' })
}

function authorizing({ authorization }: { authorization?: Authorization }): { authorization?: Authorization } {
  return authorization === undefined ? {} : { authorization }
}
