import { Router } from '@koa/router'
import type { Context } from 'koa'
import { crash } from '../../core/crash-point.ts'
import { ServiceError } from '../../core/errors.ts'
import { receptionPrefix } from '../../core/reception/names.ts'
import { isFlowOver, type Reception, takesPushes } from '../../core/reception/reception.ts'
import { pathProblem } from '../../core/result/paths.ts'
import { route } from '../access/route.ts'
import type { Answer } from '../http/answer.ts'
import { bearerToken } from '../http/secrets.ts'
import { announcedDigest } from './announced-digest.ts'
import { nameInDisposition, namelessFile } from './file-name.ts'
import type { ReceivingParts } from './parts.ts'
import { ReceptionRefusal } from './refusal.ts'
import { type Rooms, rooms } from './room.ts'
import type { takenFileSchema } from './sink-schemas.ts'
import { storeFile } from './store-file.ts'
import { opensReception } from './token.ts'

/** How long nothing may arrive of a file, in milliseconds. */
const stallMs = 60_000

/**
 * The HTTP destination of pushes: a provider puts files below the address that prepare gave it, the manifest last. A file is there when all of it
 * arrived, and another one sent to its path takes its place.
 */
export function sinkRoutes(parts: ReceivingParts): Router {
  const router = new Router()
  const room = rooms(parts)
  const takes = (ctx: Context & { readonly params: Readonly<Record<string, string | undefined>> }): Promise<void> =>
    take(parts, room, ctx, ctx.params['id'] ?? '', ctx.params['path'])
  // Some data planes post, others put; a file is the same both ways.
  router.put('/received/:id', route('/received/:id', 'reception-token'), takes)
  router.post('/received/:id', route('/received/:id', 'reception-token'), takes)
  router.put('/received/:id/*path', route('/received/:id/*path', 'reception-token'), takes)
  router.post('/received/:id/*path', route('/received/:id/*path', 'reception-token'), takes)
  return router
}

async function take(
  parts: ReceivingParts,
  room: Rooms,
  ctx: Context,
  id: string,
  named: string | undefined,
): Promise<void> {
  await openReception(parts, ctx, id)
  const path = named ?? nameInDisposition(ctx.get('Content-Disposition')) ?? namelessFile
  const problem = pathProblem(path)
  if (problem !== undefined)
    throw new ServiceError('invalid-query', 'The path cannot be that of a file.', {
      problems: [{ where: 'path', message: problem }],
    })
  const encoding = ctx.get('Content-Encoding')
  if (encoding !== '' && encoding !== 'identity')
    throw new ServiceError('unsupported-media-type', 'Send files as they are, without Content-Encoding.')
  const length = ctx.get('Content-Length')
  const size = /^\d{1,15}$/.test(length) ? Number(length) : undefined
  const sha256 = announcedDigest(ctx.req.headers)
  const key = receptionPrefix(id) + path
  const reserved = await room.reserve(id, key, size)
  let stored: { readonly size: number; readonly sha256: string } | undefined
  try {
    const body = stillOpen(parts, id, arriving(ctx))
    const expected = { path, ...(size === undefined ? {} : { size }), ...(sha256 === undefined ? {} : { sha256 }) }
    stored = await storeFile(parts.objects, key, body, expected, reserved.most)
    crash('file-taken')
    await takeBackLate(parts, id, key)
  } catch (error) {
    throw asAnswer(error)
  } finally {
    reserved.settle(stored?.size)
  }
  ctx.status = 201
  const taken: Answer<typeof takenFileSchema> = { path, ...stored }
  ctx.body = taken
}

/** The reception that a request may write to. An unknown one, a wrong token and one that takes nothing any more all get the same answer. */
async function openReception({ store, tokenKeys }: ReceivingParts, ctx: Context, id: string): Promise<Reception> {
  const given = bearerToken(ctx.get('Authorization'))
  const found = given === undefined || id.length > 64 ? undefined : (await store.reception(id))?.value
  const opens = opensReception(tokenKeys, id, given ?? '')
  if (found === undefined || !opens || found.destination !== 'http' || isFlowOver(found))
    throw new ServiceError(
      'unauthorized',
      'This address takes files with the token that came with it, while its transfer lasts.',
    )
  if (!takesPushes(found)) throw new ServiceError('reception-suspended', 'The transfer is suspended.')
  return found
}

/** A file that is on its way while the transfer ends, or is suspended, does not come to its end. */
async function* stillOpen(
  { store }: ReceivingParts,
  id: string,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* body
  const now = (await store.reception(id))?.value
  if (now === undefined || !takesPushes(now))
    throw new ServiceError('reception-suspended', 'The transfer ended, or was suspended, while the file arrived.')
}

/** A file that came to its end while everything was removed goes, too: nobody would look for it any more. */
async function takeBackLate({ store, objects }: ReceivingParts, id: string, key: string): Promise<void> {
  const now = (await store.reception(id))?.value
  if (now !== undefined && now.state !== 'removed') return
  await objects.erase(key)
  throw new ServiceError('reception-suspended', 'The transfer ended while the file arrived.')
}

/** The body of a request, cut off where nothing of it arrives for a while. */
async function* arriving({ req }: Context): AsyncGenerator<Uint8Array> {
  const timer = setTimeout(() => req.destroy(new Error('nothing arrived')), stallMs)
  try {
    for await (const chunk of req) {
      timer.refresh()
      if (chunk instanceof Uint8Array) yield chunk
    }
  } catch (error) {
    throw new ServiceError('invalid-body', 'The request was cut off.', { cause: error }) // nobody is left to read this
  } finally {
    clearTimeout(timer)
  }
}

function asAnswer(error: unknown): unknown {
  if (!(error instanceof ReceptionRefusal)) return error
  const { cause, message } = error.failure
  return new ServiceError(cause === 'too-large' ? 'body-too-large' : 'invalid-body', message, { cause: error })
}
