import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { Busboy } from '@fastify/busboy'
import { ServiceError } from '../../core/errors.ts'

/** One part of a form that arrives. */
export interface FormPart {
  readonly name: string
  /** The file name the sender gave, without folders; empty where it gave none. */
  readonly fileName: string
  readonly stream: Readable
}

/** Most parts of one form. */
const mostParts = 100

/**
 * Reads a `multipart/form-data` body part by part, as it arrives, so that large files never lie in memory. The first failure
 * ends the reading: what is still to come is passed over unread.
 * @param take reads one part; it is called for the next part while it may still be at work on one before
 * @throws what `take` failed with first, or ServiceError `unsupported-media-type` or `invalid-body`
 */
export async function readForm(request: IncomingMessage, take: (part: FormPart) => Promise<void>): Promise<void> {
  const contentType = request.headers['content-type']
  if (contentType?.startsWith('multipart/form-data') !== true) {
    throw new ServiceError(
      'unsupported-media-type',
      'Expected multipart/form-data with the parts asset, envFile and bundled.',
    )
  }
  const reading: Promise<void>[] = []
  const streams = new Set<Readable>()
  let failure: { readonly error: unknown } | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      // isPartAFile: text fields come as streams too, so that one way of reading serves all.
      const busboy = new Busboy({
        headers: { ...request.headers, 'content-type': contentType },
        limits: { parts: mostParts },
        isPartAFile: () => true,
      })
      busboy.on('file', (name, stream, fileName) => {
        streams.add(stream)
        stream.on('error', () => undefined) // what breaks a part is told by `take` or by the reading as a whole
        const part = take({ name, fileName: fileName ?? '', stream })
        reading.push(part)
        part.catch((error: unknown) => {
          failure ??= { error }
          reject(new Error('a part failed'))
        })
      })
      busboy.on('partsLimit', () =>
        reject(new ServiceError('invalid-body', `The form has more than ${mostParts} parts.`)),
      )
      busboy.on('finish', resolve)
      busboy.on('error', reject)
      request.once('close', () => {
        if (!request.complete) reject(new Error('the request was cut off'))
      })
      request.pipe(busboy)
    })
    await Promise.all(reading)
  } catch (error) {
    const first = failure // before the parts below are ended, which fails them too
    request.unpipe()
    request.resume()
    // Nothing more comes for the parts under way: they end now, and are waited for, so that nothing writes after us.
    for (const stream of streams) stream.destroy(new Error('the reading of the form has ended'))
    await Promise.allSettled(reading)
    if (first !== undefined) throw first.error
    if (error instanceof ServiceError) throw error
    throw new ServiceError('invalid-body', `The form cannot be read: ${reasonOf(error)}.`, { cause: error })
  }
}

/** What the form's parser says, in words for whoever sent the form. */
function reasonOf(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error)
  switch (said) {
    case 'Multipart: Boundary not found':
      return 'its Content-Type names no boundary'
    case 'Unexpected end of multipart data':
      return 'it ends before its last boundary'
    default:
      return said
  }
}
