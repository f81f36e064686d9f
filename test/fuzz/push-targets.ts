import { readDestination, refusalOf } from '../../entrypoint/push/read-destination.ts'
import { addressOf } from './address-of.ts'
import { type FuzzTarget, must } from './fuzz.ts'

const httpLines = [
  'HttpData',
  '',
  'baseUrl=https://sink.example/in?x=1',
  'method=PUT',
  'header:X-A=b',
  'authKey=X',
  'authCode=y',
]
const s3Lines = [
  'AmazonS3',
  'https://minio.example',
  'bucketName=results',
  'region=eu-1',
  'folderName=a/b',
  'objectName=c',
  'accessKeyId=AK',
  'secretAccessKey=sk',
  'sessionToken=t',
]

/** Parsers of where results are pushed to. */
export const pushTargets: readonly FuzzTarget[] = [
  {
    parsers: ['entrypoint/push/read-destination.ts readDestination'],
    seeds: [httpLines.join('\u0001'), s3Lines.join('\u0001'), 'http\u0001https://a.example\u0001archive=zip'],
    words: [
      '\u0001',
      '\r\n',
      'https://',
      'http://127.0.0.1',
      '@',
      'header:',
      'Host',
      '../',
      '__proto__',
      '\ud800',
      '[::1]',
      'path=',
    ],
    check(text) {
      const read = readDestination(addressOf(text))
      // oxlint-disable-next-line no-control-regex -- control characters are what this is about
      const broken = /[\u0000-\u001F\u007F]/
      if (Array.isArray(read))
        return must(read.length > 0 && !broken.test(refusalOf(read)), 'refused without a reason on one line')
      const url = read.kind === 'http' ? read.url : read.endpoint
      must(url.protocol === 'https:', 'plain http')
      must(url.username === '' && url.password === '', 'credentials in the address')
      if (read.kind === 's3') return must(!broken.test(read.prefix + (read.objectName ?? '')), 'a broken key')
      for (const [name, value] of Object.entries(read.headers)) {
        must(!broken.test(name + value), 'a broken header')
        must(!/^(host|content-length|transfer-encoding|connection)$/.test(name), 'a header that is not its own')
      }
      return undefined
    },
  },
]
