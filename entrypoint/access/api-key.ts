import { createHash, randomBytes } from 'node:crypto'

/** Letters and digits that nobody takes for one another. 32 of them, so that five bits of a random byte choose one evenly. */
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'

/** How an API key looks: `dsc_`, by which scanners for secrets know it, its id, and 256 random bits. */
const shape = /^dsc_([a-z2-9]{10})_[A-Za-z0-9_-]{43}$/

/** A new key. The text is shown once; what is kept of it is its id and its hash. */
export function makeApiKey(): { readonly id: string; readonly text: string; readonly hash: string } {
  const id = Array.from(randomBytes(10), (byte) => alphabet[byte & 31]).join('')
  const text = `dsc_${id}_${randomBytes(32).toString('base64url')}`
  return { id, text, hash: hashOfKey(text).toString('hex') }
}

/** The id in what looks like a key, `undefined` for anything else. */
export function idInKey(text: string): string | undefined {
  return shape.exec(text)?.[1]
}

/** What is kept of a key. */
export function hashOfKey(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
