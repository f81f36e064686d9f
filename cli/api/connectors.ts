import { z } from 'zod'
import type { AdminApi } from './admin-api.ts'

const message = z.looseObject({ at: z.string(), processId: z.string(), assetId: z.string().optional() })
const call = z.looseObject({ at: z.string(), call: z.string() })

const refusal = z.looseObject({ at: z.string(), code: z.string(), message: z.string() })

const connectorSchema = z.looseObject({
  id: z.string(),
  dialect: z.string(),
  /** `null` where a control plane cannot be asked. */
  managementUrl: z.string().nullable(),
  /** Of a control plane. */
  signalingUrl: z.string().optional(),
  heard: z.looseObject({
    since: z.string(),
    provision: message.optional(),
    event: message.optional(),
    provisionRefused: refusal.optional(),
    eventRefused: refusal.optional(),
    answered: call.optional(),
    failed: call.extend({ message: z.string() }).optional(),
  }),
})

/** A connector as the service has it; times in ISO 8601. */
export type ShownConnector = z.output<typeof connectorSchema>

const reportSchema = z.looseObject({
  id: z.string(),
  ok: z.boolean(),
  at: z.string(),
  checks: z.array(
    z.looseObject({
      name: z.string(),
      outcome: z.enum(['ok', 'warning', 'failed', 'unknown']),
      seen: z.string(),
      mend: z.looseObject({ hint: z.string(), where: z.string(), lines: z.array(z.string()) }).optional(),
    }),
  ),
  left: z.array(z.string()).optional(),
})

/** What a check of a connector found. */
export type ShownReport = z.output<typeof reportSchema>

/** How long a check with a probe may take, in milliseconds: the service gives up before. */
const checkMs = 120_000

/** Every connector of the service. */
export async function listConnectors(api: AdminApi): Promise<readonly ShownConnector[]> {
  return (await api.json('/api/v1/connectors', z.object({ connectors: z.array(connectorSchema) }))).connectors
}

/**
 * Has the service check a connector.
 * @param protocolAddress where given, the connector makes a transfer with itself at this address
 */
export function checkConnector(api: AdminApi, id: string, protocolAddress?: string): Promise<ShownReport> {
  return api.json(`/api/v1/connectors/${encodeURIComponent(id)}/check`, reportSchema, {
    method: 'POST',
    json: protocolAddress === undefined ? {} : { probe: { protocolAddress } },
    timeoutMs: checkMs,
  })
}
