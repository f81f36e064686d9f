import { join } from 'node:path'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { never } from '../../sidecar/_task.test.ts'
import { SidecarFailure } from '../../sidecar/failure.ts'
import { isForbidden, type Resolver } from '../../sidecar/fetch/address.ts'
import { admit } from '../../sidecar/fetch/admit.ts'
import { ArchiveNames } from '../../sidecar/fetch/archive-names.ts'
import { InputRefusal } from '../../sidecar/fetch/input-refusal.ts'
import { shownAddress } from '../../sidecar/fetch/open-url.ts'
import { readTar } from '../../sidecar/fetch/read-tar.ts'
import { BrokenTar, readPax, readTarHeader } from '../../sidecar/fetch/tar-header.ts'
import { parseTarget, shownTarget } from '../../sidecar/gate/target.ts'
import { readTask } from '../../sidecar/read-task.ts'
import { TransientError } from '../../sidecar/retry.ts'
import { tag } from '../../sidecar/store/s3-answer.ts'
import { pathProblem } from '../../core/result/paths.ts'
import { gnuLongName, pax, tarEntry, tarOf } from '../corpora/tar-bytes.ts'
import { urlCases } from '../corpora/urls.ts'
import { type FuzzTarget, must, unlessRefused, unlessRefusedLater } from './fuzz.ts'

const tar = (bytes: Buffer): string => bytes.subarray(0, 4096).toString('latin1')
const folder = mkdtempSync(join(tmpdir(), 'fuzz-sidecar-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

/** Names that a look-up finds, by how they begin; others it does not. */
const resolver: Resolver = async (host) => {
  if (host.startsWith('in')) return [{ address: '10.0.0.1', family: 4 }]
  if (host.startsWith('p')) return [{ address: '93.184.215.14', family: 4 }]
  throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' })
}

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  // In uneven pieces, so that headers lie across them.
  for (let at = 0, step = 700; at < bytes.length; at += step) yield bytes.subarray(at, at + step)
}

/** Parsers of the data sidecar: what servers, archives and stores give it. */
export const sidecarTargets: readonly FuzzTarget[] = [
  {
    parsers: [
      'sidecar/fetch/admit.ts admit',
      'sidecar/fetch/address.ts isForbidden',
      'sidecar/fetch/open-url.ts shownAddress',
    ],
    seeds: [
      'http://public.example:8080/a?b#c',
      'https://[2606:4700::1111]/',
      'http://127.0.0.1/',
      ...urlCases.filter((_, i) => i % 9 === 0).map(({ url }) => url),
    ],
    words: [
      'http://',
      'https://',
      '@',
      ':',
      '[',
      ']',
      '::ffff:',
      '127.0.0.1',
      '0x7f',
      '%',
      '\\',
      '。',
      '1',
      '.',
      'in.example',
      'p.example',
      '#',
      '?',
    ],
    async check(text) {
      must(!/[\r\n]/.test(shownAddress(text)), 'a message with line feeds')
      const admitted = await unlessRefusedLater(
        () => admit(text, [], 1000, never, resolver),
        InputRefusal,
        TransientError,
      )
      if (admitted === undefined) return
      const { url, addresses } = admitted
      must(/^https?:$/.test(url.protocol) && url.username === '' && url.password === '', url.href)
      must(addresses.length > 0 && addresses.every(({ address }) => !isForbidden(address)), JSON.stringify(addresses))
    },
  },
  {
    parsers: [
      'sidecar/fetch/read-tar.ts readTar',
      'sidecar/fetch/tar-header.ts readTarHeader',
      'sidecar/fetch/archive-names.ts ArchiveNames',
    ],
    seeds: [
      tar(tarOf({ name: 'a', data: 'x' }, { name: 'd/', type: '5' })),
      tar(tarOf(pax({ path: 'long/name', size: '1', comment: 'c' }), { name: 'a', data: 'x' })),
      tar(tarOf(gnuLongName('some/long/name'), { name: 'a', data: 'x' })),
      tar(tarOf(pax({ comment: 'c' }, 'g'), { name: 'l', type: '2', link: '/etc' })),
    ],
    words: [
      tar(tarEntry({ name: '../x', data: 'y' })),
      tar(Buffer.alloc(512)),
      tar(pax({ path: '/x' })),
      'ustar\u000000',
      '\u0080\0\0\0\0\0\0\0\0\0\0\u0001',
      '00000000001\0',
    ],
    async check(text) {
      const names = new ArchiveNames()
      let read = 0
      await unlessRefusedLater(
        async () => {
          for await (const { name, kind, size, body } of readTar(pieces(Buffer.from(text, 'latin1')))) {
            const path = names.take(name, kind)
            must(path === undefined || pathProblem(path) === undefined, `the name ${name} went through`)
            must(Number.isSafeInteger(size) && size >= 0, `a size of ${size}`)
            let bytes = 0
            // Every other one is left unread.
            if (read % 2 === 0) for await (const piece of body) bytes += piece.byteLength
            must(read % 2 === 1 || bytes <= size, 'more than its size')
            read += 1
          }
        },
        InputRefusal,
        BrokenTar,
      )
    },
  },
  {
    parsers: ['sidecar/fetch/tar-header.ts readPax'],
    seeds: ['20 path=some/a/name\n', '11 size=12\n30 mtime=1700000000.123456789\n', '18 __proto__=null\n'],
    words: ['10 ', '=', '\n', ' path=', '0 ', '-1 ', '999999 '],
    check(text) {
      const fields = unlessRefused(() => readPax(Buffer.from(text, 'latin1'), 64), BrokenTar)
      if (fields !== undefined)
        must(fields.size <= 64 && [...fields.keys()].every((key) => key !== ''), 'a field without a name')
      const block = Buffer.alloc(512)
      block.write(text, 'latin1')
      unlessRefused(() => readTarHeader(block), BrokenTar)
    },
  },
  {
    parsers: ['sidecar/store/s3-answer.ts tag'],
    seeds: [
      '<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>It&apos;s &lt;gone&gt;</Message></Error>',
      '<InitiateMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><UploadId>abc</UploadId></InitiateMultipartUploadResult>',
      '<Error>'.repeat(2000),
    ],
    words: [
      '<Error>',
      '</Error>',
      '<Code>',
      '</Code>',
      '<UploadId x="',
      '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
      '&a;',
      '&amp;lt;',
      '<![CDATA[',
      ']]>',
    ],
    check(text) {
      for (const name of ['Error', 'Code', 'Message', 'UploadId']) {
        const found = tag(text, name)
        must(found === undefined || found.length <= text.length, 'more than was sent')
      }
    },
  },
  {
    parsers: ['sidecar/read-task.ts readTask'],
    seeds: [
      '{"version":1,"ref":{"jobId":"j","attempt":1},"store":{"kind":"directory","root":"/x"},"inputs":[],"outputs":[],"allowedHosts":[],"outputBytes":1}',
    ],
    words: ['"version":2', '"inputs":', '"store":null', '"ref":', 'null', '[', '{'],
    async check(text) {
      const path = join(folder, 'task.json')
      writeFileSync(path, text)
      const task = await unlessRefusedLater(() => readTask(path), SidecarFailure)
      if (task !== undefined) must(task.version === 1 && Array.isArray(task.inputs), 'no task')
    },
  },
  {
    parsers: ['sidecar/gate/target.ts parseTarget'],
    seeds: ['10.0.0.1:443', '[::1]:9000', 'minio.example:9000', '$(KUBERNETES_SERVICE_HOST):443', 'fd00::1:80'],
    words: [':', '[', ']', '$(', ')', '.'],
    check(text) {
      const target = unlessRefused(() => parseTarget(text), SidecarFailure)
      if (target === undefined) return
      must(target.port >= 1 && target.port <= 65_535, shownTarget(target))
      const again = parseTarget(shownTarget(target))
      must(again.host === target.host && again.port === target.port, 'shown, it is another one')
    },
  },
]
