import { reasonOf } from '../failure.ts'
import { TransientError } from '../retry.ts'
import { StoreRefusal } from './store.ts'

const advice: readonly (readonly [RegExp, string])[] = [
  [/^(ExpiredToken|RequestExpired)$/, 'The temporary credentials ran out; grant longer ones or try again.'],
  [
    /^(AccessDenied|InvalidAccessKeyId|InvalidToken\w*|SignatureDoesNotMatch|HTTP 403)$/,
    'Check that the credentials of the attempt are valid and allow this key.',
  ],
  [/^RequestTimeTooSkewed$/, 'Set the clocks of the node and of the object store.'],
  [/^NoSuchBucket$/, 'Create the bucket, or correct its name.'],
  [/^(NoSuchKey|HTTP 404)$/, 'Check the key.'],
  [/^(ENOSPC|EDQUOT|XMinioStorageFull|QuotaExceeded|\w*QuotaExceeded)$/, 'Make room in the object store.'],
  [
    /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT)/,
    'Give the object store a certificate that the pods trust.',
  ],
]

/** Says what went wrong with the object store and what to do about it. */
export function storeTrouble(error: unknown): string {
  if (error instanceof StoreRefusal) {
    const found = advice.find(([codes]) => codes.test(error.code))
    return `${error.message.replace(/\.$/, '')}. ${found?.[1] ?? 'Look into the log of the object store.'}`
  }
  const said = reasonOf(error).replace(/\.$/, '')
  return error instanceof TransientError
    ? `${said}; it was tried again without success. Check that the object store is well and can be reached from here.`
    : `${said}.`
}
