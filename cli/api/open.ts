import { loadAdminAccess } from '../../config/cli.ts'
import type { AdminOptions } from '../command/options.ts'
import type { Context } from '../context.ts'
import { type AdminApi, adminApi } from './admin-api.ts'

/** The admin API that options and environment name. */
export function openAdminApi(context: Context, options: AdminOptions): AdminApi {
  return adminApi(loadAdminAccess(context.environment, options))
}
