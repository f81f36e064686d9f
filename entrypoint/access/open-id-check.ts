import type { Settings } from '../../config/settings.ts'
import type { Role } from '../../core/access/caller.ts'
import type { Clock } from '../../core/ports/clock.ts'
import type { Logger } from '../../core/ports/logger.ts'
import type { TokenCheck } from './oidc/caller-of-token.ts'

/** Checks tokens as the settings say; `undefined` where no OpenID provider is configured, and then nothing of this is loaded. */
export async function openIdCheck(settings: Settings, clock: Clock, logger: Logger): Promise<TokenCheck | undefined> {
  const { DSC_OIDC_ISSUER: issuer, DSC_OIDC_AUDIENCE: audience } = settings
  if (issuer === undefined || audience === undefined) return undefined
  const { tokenCheck } = await import('./oidc/caller-of-token.ts')
  const rules = {
    issuer,
    audience,
    algorithms: settings.DSC_OIDC_ALGORITHMS,
    roleClaim: settings.DSC_OIDC_ROLE_CLAIM,
    roles: {
      read: valuesOf('read', settings.DSC_OIDC_ROLES),
      operator: valuesOf('operator', settings.DSC_OIDC_ROLES),
      admin: valuesOf('admin', settings.DSC_OIDC_ROLES),
    },
  }
  return tokenCheck(rules, clock, logger)
}

/** @param pairs such as `admin=dsc-admin` */
function valuesOf(role: Role, pairs: readonly string[]): readonly string[] {
  const prefix = `${role}=`
  return pairs.flatMap((pair) => (pair.startsWith(prefix) ? [pair.slice(prefix.length)] : []))
}
