import { Router } from '@koa/router'
import type { Context } from 'koa'
import { ServiceError } from '../../core/errors.ts'
import type { Result } from '../../core/job/job.ts'
import { filesPrefix } from '../../core/job/names.ts'
import type { ResultFile } from '../../core/result/manifest.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Store } from '../../core/ports/store.ts'
import type { Answer } from '../http/answer.ts'
import { route } from '../access/route.ts'
import { bearerToken } from '../http/secrets.ts'
import type { Transfer } from '../../core/transfer/transfer.ts'
import type { FailureReport } from './failure-report.ts'
import type { failureReportSchema, listingSchema, manifestSchema } from './result-schemas.ts'
import { fileOf, resultOfJob } from './find-result.ts'
import { lookAgainSeconds, progressOf } from './job-progress.ts'
import { sendFile } from './send-file.ts'
import { archiveName, sendZip } from './send-zip.ts'
import { opensResult } from './token.ts'

/** What the gateway works with. */
export interface GatewayParts {
  readonly store: Store
  readonly objects: ObjectStore
  /** Whose tokens are taken: the present key, and the one before while it is being changed. */
  readonly tokenKeys: readonly string[]
  /** What is told of a failed job in place of a result; `undefined` where the job did not fail. */
  readonly failureOf: (transfer: Transfer) => Promise<FailureReport | undefined>
  /** Called when a file or archive of a job's result begins to be sent; what it gives takes the bytes. @default nobody counts */
  readonly delivering?: (jobId: string, transferId: string) => (bytes: number) => void
}

/** Path of a transfer's result below the public base address. */
export function resultPath(transferId: string): string {
  return `/results/${transferId}`
}

/**
 * Serves results to whoever holds the transfer's token: the connector's data plane, for its consumer.
 * `/results/<id>` is the file where there is one, else the listing (while the job of a flow that started at once is under way, its
 * progress); `/files/<path>` one file; `/files.zip` all of
 * them in one archive; `/manifest.json` the manifest.
 */
export function gatewayRoutes(parts: GatewayParts): Router {
  const router = new Router()
  router.get('/results/:transferId', route('/results/:transferId', 'result-token'), async (ctx) => {
    const transfer = await openTransfer(parts, ctx, ctx.params['transferId'])
    const report = await parts.failureOf(transfer)
    if (report !== undefined) {
      ctx.body = report satisfies Answer<typeof failureReportSchema>
      ctx.set('Cache-Control', 'private, no-store')
      return undefined
    }
    if (await tellProgress(parts, ctx, transfer)) return undefined
    const result = await resultOfJob(parts.store, transfer.jobId)
    const [file, ...more] = result.manifest.files
    if (file !== undefined && more.length === 0)
      return sendResultFile(parts, ctx, ctx.params['transferId'], result, file)
    const listing: Answer<typeof listingSchema> = {
      files: result.manifest.files.map((one) => ({ ...one, href: `files/${one.path}` })),
      totalBytes: result.manifest.totalBytes,
    }
    ctx.body = listing
    ctx.set('Cache-Control', 'private, no-store')
    return undefined
  })
  router.get(
    '/results/:transferId/manifest.json',
    route('/results/:transferId/manifest.json', 'result-token'),
    async (ctx) => {
      const result = await openResult(parts, ctx, ctx.params['transferId'])
      if (result === undefined) return
      const { manifest } = result
      ctx.body = manifest satisfies Answer<typeof manifestSchema>
      ctx.set('Cache-Control', 'private, no-store')
    },
  )
  router.get(
    `/results/:transferId/${archiveName}`,
    route(`/results/:transferId/${archiveName}`, 'result-token'),
    async (ctx) => {
      const result = await openResult(parts, ctx, ctx.params['transferId'])
      if (result === undefined) return undefined
      return sendZip(ctx, parts.objects, result, delivering(parts, result, ctx.params['transferId']))
    },
  )
  router.get(
    '/results/:transferId/files/*path',
    route('/results/:transferId/files/*path', 'result-token'),
    async (ctx) => {
      const result = await openResult(parts, ctx, ctx.params['transferId'])
      if (result === undefined) return undefined
      const file = fileOf(result, ctx.params['path'])
      return sendResultFile(parts, ctx, ctx.params['transferId'], result, file)
    },
  )
  return router
}

function sendResultFile(
  parts: GatewayParts,
  ctx: Context,
  transferId: string | undefined,
  result: Result,
  file: ResultFile,
): ReturnType<typeof sendFile> {
  const key = filesPrefix(result) + file.path
  return sendFile(ctx, parts.objects, key, file, delivering(parts, result, transferId))
}

function delivering(
  { delivering: begin }: GatewayParts,
  { jobId }: Result,
  transferId = '',
): (() => (bytes: number) => void) | undefined {
  return begin === undefined ? undefined : () => begin(jobId, transferId)
}

/** The transfer a request may read from. An unknown transfer, a wrong token and a transfer that is over all get the same answer. */
async function openTransfer(parts: GatewayParts, ctx: Context, transferId = ''): Promise<Transfer> {
  const header = ctx.get('Authorization')
  const bare = isBareToken(header)
  const given = bare ? header : bearerToken(header)
  const found = given === undefined ? undefined : (await parts.store.transfer(transferId))?.value
  const transfer = bare && found?.flow === undefined ? undefined : found
  // Also for a transfer that there is not, so that the time tells nothing either.
  const opens = opensResult(parts.tokenKeys, transfer ?? { id: transferId, generation: 0 }, given ?? '')
  if (transfer === undefined || !opens || transfer.state === 'ended') {
    throw new ServiceError(
      'unauthorized',
      'This address opens with the token that came with it, while its transfer lasts.',
    )
  }
  if (transfer.state === 'suspended') throw new ServiceError('result-suspended', 'The transfer is suspended.')
  return transfer
}

/** Whether a header is a token and nothing else: EDC's consumers send what they got as `authorization` as it is, for a data flow. */
function isBareToken(header: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(header)
}

/** The result that a request may read; `undefined` where it was told the progress of its job instead. */
async function openResult(
  parts: GatewayParts,
  ctx: Context,
  transferId: string | undefined,
): Promise<Result | undefined> {
  const transfer = await openTransfer(parts, ctx, transferId)
  return (await tellProgress(parts, ctx, transfer)) ? undefined : resultOfJob(parts.store, transfer.jobId)
}

/** Answers with the progress of a data flow's job, where it is under way. @returns whether it did */
async function tellProgress(parts: GatewayParts, ctx: Context, transfer: Transfer): Promise<boolean> {
  const progress = await progressOf(parts, transfer)
  if (progress === undefined) return false
  ctx.status = 202
  ctx.body = progress
  ctx.set('Retry-After', lookAgainSeconds)
  ctx.set('Cache-Control', 'private, no-store')
  return true
}
