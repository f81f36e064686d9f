import { readSource } from '../../entrypoint/receiving/source.ts'
import { addressOf } from './address-of.ts'
import { type FuzzTarget, must } from './fuzz.ts'

const lines = [
  'https://w3id.org/idsa/v4.1/HTTP',
  'https://provider.example/results/1',
  'authorization=token',
  'authType=bearer',
  'authKey=X-Key',
  'authCode=code',
  'https://w3id.org/edc/v0.0.1/ns/endpoint=https://provider.example/other',
]

/** The parser of where the data of a pull is. */
export const receivingTargets: readonly FuzzTarget[] = [
  {
    parsers: ['entrypoint/receiving/source.ts readSource'],
    seeds: [
      lines.join('\u0001'),
      lines.slice(0, 4).join('\u0001'),
      ['HttpData', '', 'baseUrl=http://a.example'].join('\u0001'),
    ],
    words: [
      '\u0001',
      '\r\n',
      'https://',
      'ftp://',
      '@',
      'Basic ',
      'Bearer ',
      '__proto__',
      '\ud800',
      '[::1]',
      'endpoint=',
    ],
    check(text) {
      const read = readSource(addressOf(text))
      if (typeof read === 'string') return must(/^[\x20-\x7e]+\.$/.test(read), 'refused without a sentence')
      must(/^https?:$/.test(new URL(read.endpoint).protocol), 'an address of another kind')
      if (read.header === undefined) return undefined
      must(/^[\w!#$%&'*+.^`|~-]+$/.test(read.header.name), 'a name that is none') // RFC 9110, section 5.6.2
      return must(/^[\x20-\x7e]+$/.test(read.header.value), 'a value that breaks a header')
    },
  },
]
