import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { templateFiles } from '../template/files.ts'
import { checkAsset } from './check-asset.ts'
import { findAsset } from './find-asset.ts'
import { assetForm } from './form.ts'

test('the form holds every file, byte for byte, and says how far it is', async (t) => {
  const folder = await temporaryFolder(t)
  for (const [name, text] of templateFiles({ id: 'sum', title: 'Sum' })) await writeFile(join(folder, name), text)
  const bytes = Buffer.alloc(700_000, '7\r\n--x')
  await writeFile(join(folder, 'numbers.txt'), bytes)
  const asset = await checkAsset(await findAsset(folder), false)
  const told: number[] = []
  const { stream, contentType, total } = assetForm(asset, (sent) => told.push(sent))

  const form = await new Response(stream, { headers: { 'content-type': contentType } }).formData()
  t.deepEqual([...form.keys()], ['asset', 'envFile', 'bundled'])
  const file = async (name: string): Promise<[string, Buffer]> => {
    const part = form.get(name)
    if (!(part instanceof File)) throw new Error(`${name} is no file`)
    return [part.name, Buffer.from(await part.arrayBuffer())]
  }
  t.deepEqual(await file('asset'), ['asset.yaml', Buffer.from(asset.text)])
  t.is((await file('envFile'))[0], 'sum.env')
  const [name, content] = await file('bundled')
  t.is(name, 'numbers.txt')
  t.true(content.equals(bytes))

  t.is(told.at(-1), total)
  t.deepEqual(
    told,
    told.toSorted((a, b) => a - b),
  )
  t.is(total, Buffer.byteLength(asset.text) + (await stat(join(folder, 'sum.env'))).size + bytes.byteLength)
})
