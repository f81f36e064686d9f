import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'

const folder = join(import.meta.dirname, '../../../dps')

test('the README shows the example that is tested, which has at most 40 lines', async (t) => {
  const readme = await readFile(join(folder, 'README.md'), 'utf8')
  const example = await readFile(join(folder, 'example/data-plane.ts'), 'utf8')
  t.is(/```ts\n([^]*?)```/.exec(readme)?.[1], example)
  t.true(example.trimEnd().split('\n').length <= 40)
})
