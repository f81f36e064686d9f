import type { ProvisionerSettings } from '../../config/connectors.ts'
import type { Connector, Delivery, ResultAddress, TransferProcess } from '../../core/ports/connector.ts'
import { edcNamespace, managementApi, unexpected } from './management-api.ts'
import { leasedMs, settleMs, terminateProcess } from './terminate-process.ts'
import { unansweredCalls } from './unanswered-calls.ts'

/**
 * A connector of the dialect `http-provisioner` (EDC up to 0.15): what we say to it. A callback that arrives before our answer
 * to the provision request was processed is answered 204 and lost (seen on 0.10.0), so it is sent only while the process
 * says PROVISIONING_REQUESTED, and counts as delivered only when the process has moved on.
 */
export function edcConnector(settings: ProvisionerSettings): Connector {
  const api = managementApi(settings)
  const unanswered = unansweredCalls()
  return {
    id: settings.id,
    transferProcess: (processId) => api.transferProcess(processId),
    agreement: (agreementId) => api.agreement(agreementId),
    async provisioned(process, address) {
      const { processId } = process
      const judged = await unanswered.look(processId, async () => judge(await api.transferProcess(processId)))
      if (judged !== undefined) return judged
      const answer = await unanswered.send(processId, () => api.callBack(processId, callbackBody(process, address)))
      if (answer.status >= 200 && answer.status < 300) return { outcome: 'later', afterMs: settleMs }
      if (answer.status === 409) return { outcome: 'later', afterMs: leasedMs } // leased or past: the next look at the state tells
      if (answer.status === 400) return { outcome: 'refused', reason: 'the connector answered the callback with 400' }
      throw unexpected(`POST …/callback/${processId}/provision`, answer)
    },
    terminate: (processId, reason) => terminateProcess(api, processId, reason),
    check: () => api.check(),
  }
}

function callbackBody(process: Parameters<Connector['provisioned']>[0], address: ResultAddress): object {
  return {
    edctype: 'dataspaceconnector:provisioner-callback-request',
    resourceDefinitionId: process.definitionId,
    assetId: process.assetId,
    resourceName: process.resourceName,
    contentDataAddress: {
      properties: addressProperties(address),
    },
    apiKeyJwt: 'unused',
    hasToken: false,
  }
}

/** The address as EDC's HttpData keeps it: full names, or they are lost. A presigned address must keep its query, so nothing is proxied. */
function addressProperties(address: ResultAddress): Record<string, string> {
  const plain = { type: 'HttpData', baseUrl: address.url }
  const properties =
    address.kind === 'presigned'
      ? plain
      : {
          ...plain,
          authKey: 'Authorization',
          authCode: `Bearer ${address.token}`,
          proxyPath: 'true',
          proxyQueryParams: 'true',
        }
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [edcNamespace + name, value]))
}

function judge(process: TransferProcess | undefined): Delivery | undefined {
  switch (process?.state) {
    case undefined:
      return { outcome: 'unknown' }
    case 'completed':
    case 'terminated':
      return { outcome: 'over' }
    case 'preparing':
      return { outcome: 'later', afterMs: settleMs }
    case 'awaiting':
      return undefined
    case 'provisioned':
    case 'started':
    case 'suspended':
      return { outcome: 'delivered' }
  }
}
