import { eventually } from '../support/eventually.ts'
import { kubectl, makeNamespace, removeNamespace } from '../support/kubectl.ts'
import { searchObjects } from '../support/object-leaks.ts'
import { makePostgresSchema } from '../support/postgres-schema.ts'
import { testOnTestbed, testWithPostgres } from '../support/testbed.ts'

// Every test with a namespace or a PostgreSQL schema of its own searches what was made there when it removes it. Here: that the searches find.

const canary = 'canary-of-live-objects-0123456789'

testOnTestbed('a secret in an object of the cluster is found, but in a Secret it may stand', async (t, testbed) => {
  const create = async (namespace: string, kind: string, name: string, text: string): Promise<void> => {
    const object = {
      apiVersion: 'v1',
      kind,
      metadata: { name, namespace },
      [kind === 'Secret' ? 'stringData' : 'data']: { text },
    }
    await kubectl(testbed, ['create', '-f', '-'], JSON.stringify(object))
  }
  /** Until the watch has come so far. */
  const seen = async (namespace: string): Promise<void> => {
    const search = await searchObjects(testbed, [namespace], [{ name: 'the end', value: 'here it ends' }])
    await create(namespace, 'ConfigMap', 'end', 'here it ends')
    await eventually('the last object to be seen', () =>
      search.found.size > 0 ? { done: undefined } : { pending: 'it was not' },
    )
    search.stop()
  }
  const [clean, leaking] = [await makeNamespace(testbed), await makeNamespace(testbed)]
  await create(clean, 'Secret', 'meant', canary)
  await create(leaking, 'ConfigMap', 'leak', Buffer.from(canary).toString('base64') + canary)
  await kubectl(testbed, ['-n', leaking, 'delete', 'configmap', 'leak']) // also what is gone again
  await seen(leaking)
  await t.notThrowsAsync(removeNamespace(testbed, clean))
  const error = await t.throwsAsync(removeNamespace(testbed, leaking), {
    message: /one of the configmaps of .* shows a canary/,
  })
  t.false(error?.message.includes(canary), 'and not shown')
})

testWithPostgres('a secret in a row of PostgreSQL is found', async (t, server) => {
  const { schema, drop } = await makePostgresSchema(server)
  await schema.query('CREATE TABLE notes (id integer, body text)')
  await schema.query('INSERT INTO notes VALUES (1, $1)', [JSON.stringify({ deep: [canary] })])
  await t.throwsAsync(drop, { message: /a row of notes shows a canary/ })
  const { drop: dropEmpty } = await makePostgresSchema(server)
  await t.notThrowsAsync(dropEmpty)
})
