import type { ConnectorSettings } from '../../config/connectors.ts'
import { managementApi } from '../../entrypoint/connectors/management-api.ts'
import { type ConnectorFault, diagnose } from './diagnose.ts'

/** What a check of a connector found. */
export interface ConnectorCheck {
  readonly id: string
  readonly managementUrl: string
  /** Something at its address answers. */
  readonly reachable: boolean
  /** Its Management API answers and takes our key; `undefined` where that could not be asked. */
  readonly keyAccepted: boolean | undefined
  readonly ok: boolean
  readonly fault?: ConnectorFault
}

/** Asks a connector's Management API for one transfer process, with our key, as the service does at its readiness. */
export async function checkConnector(settings: ConnectorSettings): Promise<ConnectorCheck> {
  const { id, managementUrl } = settings
  try {
    await managementApi(settings).check()
    return { id, managementUrl, reachable: true, keyAccepted: true, ok: true }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const { reachable, keyAccepted, ...fault } = diagnose(message, managementUrl)
    return { id, managementUrl, reachable, keyAccepted, ok: false, fault }
  }
}
