import type { Context } from 'koa'
import type { Author } from '../../core/audit/entry.ts'
import { callerOf } from './caller-of.ts'

/**
 * Who stands behind a request to the admin API, for the audit log.
 * @throws ServiceError `unauthorized` where nobody was recognised
 */
export function authorOf(ctx: Context): Author {
  const { kind, id, name } = callerOf(ctx)
  return { actor: { kind: 'operator', id, name, via: kind }, requestId: String(ctx.state['requestId']) }
}
