import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { Busboy } from '@fastify/busboy'
import { ServiceError } from '../../core/errors.ts'

/** One part of a form that arrives. Its stream must be read to the end. */
export interface FormPart {
  readonly name: string
  /** The file name the sender gave, without folders; empty where it gave none. */
  readonly fileName: string
  readonly stream: Readable
}

/** Most parts of one form. */
const mostParts = 100

/**
 * Reads a `multipart/form-data` body part by part, as it arrives, so that large files never lie in memory.
 * @param take reads one part; where it fails, the rest of the body is passed over and the failure is thrown at the end
 * @throws ServiceError `unsupported-media-type` or `invalid-body`
 */
export async function readForm(request: IncomingMessage, take: (part: FormPart) => Promise<void>): Promise<void> {
  const contentType = request.headers['content-type']
  if (contentType?.startsWith('multipart/form-data') !== true) {
    throw new ServiceError(
      'unsupported-media-type',
      'Expected multipart/form-data with the parts asset, envFile and bundled.',
    )
  }
  const reading: Promise<unknown>[] = []
  const failures: Error[] = []
  const open = new Set<Readable>()
  try {
    await new Promise<void>((resolve, reject) => {
      // isPartAFile: text fields come as streams too, so that one way of reading serves all.
      const busboy = new Busboy({
        headers: { ...request.headers, 'content-type': contentType },
        limits: { parts: mostParts },
        isPartAFile: () => true,
      })
      busboy.on('file', (name, stream, fileName) => {
        open.add(stream)
        stream.once('close', () => open.delete(stream))
        const part = take({ name, fileName: fileName ?? '', stream }).catch((error: unknown) => {
          failures.push(error instanceof Error ? error : new Error('a part could not be read', { cause: error }))
          stream.resume()
        })
        reading.push(part)
      })
      busboy.on('partsLimit', () =>
        failures.push(new ServiceError('invalid-body', `The form has more than ${mostParts} parts.`)),
      )
      busboy.on('finish', resolve)
      busboy.on('error', reject)
      request.once('close', () => {
        if (!request.complete) reject(new Error('the request was cut off'))
      })
      request.pipe(busboy)
    })
  } catch (error) {
    // The parts that were under way will never end by themselves.
    request.unpipe()
    for (const stream of open) stream.destroy(new Error('the request was cut off'))
    failures.push(
      new ServiceError(
        'invalid-body',
        `The form cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      ),
    )
  }
  await Promise.all(reading)
  const [first] = failures
  if (first !== undefined) throw first
}
