import { Router } from '@koa/router'
import type { ConnectorSettings } from '../../config/connectors.ts'
import { ServiceError } from '../../core/errors.ts'
import type { Metrics } from '../../core/ports/metrics.ts'
import { readEvent, readProvisionMessage } from '../connectors/http-provisioner.ts'
import { accept, look } from '../engine/accept.ts'
import type { EngineParts } from '../engine/parts.ts'
import type { Answer } from '../http/answer.ts'
import { readJson } from '../http/read-json.ts'
import { route } from '../http/request-log.ts'
import { sameSecret } from '../http/secrets.ts'
import type { provisionedSchema } from './connector-schemas.ts'

/** Largest message of a connector, in bytes. Policies make them long; a real one has under 1 KiB. */
const maximumMessageBytes = 256 * 1024

/**
 * What connectors call. They can send no header, so where the network between is not trusted each has a secret as the last
 * segment of its paths.
 * @param changed called after something became due, so that the engine looks at once
 */
export function connectorRoutes(
  parts: EngineParts,
  connectors: readonly ConnectorSettings[],
  metrics: Pick<Metrics, 'stage'>,
  changed: () => void,
): Router {
  const router = new Router()
  const find = (id: string | undefined, secret: string | undefined): ConnectorSettings => {
    const settings = connectors.find((connector) => connector.id === id)
    if (settings === undefined) throw new ServiceError('connector-unknown', 'No connector of this name is configured.')
    if (settings.secret !== undefined && !sameSecret(secret ?? '', settings.secret)) {
      throw new ServiceError('unauthorized', 'The last segment of the path is not the secret of this connector.')
    }
    if (settings.secret === undefined && secret !== undefined) {
      throw new ServiceError('not-found', 'This connector has no secret configured, so its paths end before it.')
    }
    return settings
  }
  router.post('/connectors/:id/provision{/:secret}', route('/connectors/:id/provision'), async (ctx) => {
    const begin = parts.clock.now()
    const settings = find(ctx.params['id'], ctx.params['secret'])
    const message = readProvisionMessage(await readJson(ctx, maximumMessageBytes), settings.callbackAddress)
    const { jobId } = await accept(parts, settings.id, message)
    if (message.type !== 'deprovision') metrics.stage('accept', parts.clock.now() - begin)
    ctx.status = 200 // a deprovision must be answered exactly 200 (EDC 0.11 to 0.15)
    const provisioned: Answer<typeof provisionedSchema> = jobId === undefined ? {} : { jobId }
    ctx.body = provisioned
    changed()
  })
  router.post('/connectors/:id/events{/:secret}', route('/connectors/:id/events'), async (ctx) => {
    const settings = find(ctx.params['id'], ctx.params['secret'])
    const processId = readEvent(await readJson(ctx, maximumMessageBytes))
    if (processId !== undefined) {
      await look(parts, settings.id, processId)
      changed()
    }
    ctx.status = 204
  })
  return router
}
