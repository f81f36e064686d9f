import { kubectl } from '../support/kubectl.ts'
import type { Installation } from './installation.ts'

/** What comes and goes by itself. */
const fleeting = new Set(['events', 'events.events.k8s.io', 'leases.coordination.k8s.io'])

/** Every object of the release's namespace, and every one of the cluster that carries the release's label, as `kind/name`. */
export async function objectsOf({ testbed, namespace, release }: Installation): Promise<readonly string[]> {
  const list = async (namespaced: boolean): Promise<string> => {
    const kinds = (
      await kubectl(testbed, ['api-resources', '--verbs=list', `--namespaced=${namespaced}`, '-o', 'name'])
    )
      .split('\n')
      .filter((kind) => kind !== '' && !fleeting.has(kind))
      .join(',')
    const which = namespaced ? ['-n', namespace] : ['-l', `app.kubernetes.io/instance=${release}`]
    return kubectl(testbed, ['get', kinds, ...which, '-o', 'name', '--ignore-not-found'])
  }
  const lines = `${await list(true)}\n${await list(false)}`.split('\n')
  return lines.filter((line) => line !== '').toSorted()
}
