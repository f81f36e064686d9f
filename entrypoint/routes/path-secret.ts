import { ServiceError } from '../../core/errors.ts'
import { sameAsOne } from '../http/secrets.ts'

/**
 * Sees that a path of a connector has its secret where the connector has one, and none where it has none.
 * @param given the segment of the path
 * @param place where it stands, for the refusals
 * @throws ServiceError `unauthorized`, `not-found`
 */
export function checkPathSecret(
  settings: { readonly secret?: string; readonly previousSecret?: string },
  given: string | undefined,
  place: 'at its end' | 'before /dataflows',
): void {
  const secrets = [settings.secret, settings.previousSecret].filter((one) => one !== undefined)
  if (settings.secret !== undefined && !sameAsOne(given ?? '', secrets)) throw refusals[place].wrong()
  if (settings.secret === undefined && given !== undefined) throw refusals[place].needless()
}

const refusals = {
  'at its end': {
    wrong: () => new ServiceError('unauthorized', 'The last segment of the path is not the secret of this connector.'),
    needless: () =>
      new ServiceError('not-found', 'This connector has no secret configured, so its paths end before it.'),
  },
  'before /dataflows': {
    wrong: () => new ServiceError('unauthorized', 'The segment before /dataflows is not the secret of this connector.'),
    needless: () =>
      new ServiceError('not-found', 'This connector has no secret configured, so its paths are without one.'),
  },
} as const
