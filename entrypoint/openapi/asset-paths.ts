import { z } from 'zod'
import type { ZodOpenApiPathsObject, ZodOpenApiRequestBodyObject } from 'zod-openapi'
import { computeAssetSchema } from '../../core/asset/schema.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { assetDirectorySchema } from '../routes/asset-directory-schemas.ts'
import {
  assetDetailSchema,
  assetPageSchema,
  assetQuerySchema,
  assetSchema,
  assetVersionSchema,
} from '../routes/asset-schemas.ts'
import { admissionRefusals, type Described, json, operation } from './describe.ts'

const common = { tags: ['assets'], security: [{ bearer: [] }, {}] }
const always: readonly ErrorCode[] = [...admissionRefusals, 'internal']
const one = z.strictObject({ id: z.string().meta({ description: 'The asset’s id: metadata.id of its document.' }) })
const version = one.extend({ version: z.string() })

const formRefusals: readonly ErrorCode[] = [
  ...always,
  'asset-in-use',
  'body-too-large',
  'feature-not-available',
  'invalid-asset',
  'invalid-body',
  'invalid-dotenv',
  'unsupported-media-type',
]

const form: ZodOpenApiRequestBodyObject = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: z.strictObject({
        asset: computeAssetSchema.meta({ description: 'The document, as YAML or JSON: at most 256 KiB.' }),
        envFile: z
          .string()
          .optional()
          .meta({ description: 'The dotenv file, exactly where worker.envFile names one: at most 256 KiB of UTF-8.' }),
        bundled: z
          .array(z.string().meta({ format: 'binary' }))
          .max(98)
          .optional()
          .meta({ description: 'The file of each input that is bundled, under the name that the input gives.' }),
      }),
      encoding: {
        asset: { contentType: 'application/json, application/yaml' },
        envFile: { contentType: 'text/plain' },
        bundled: { contentType: 'application/octet-stream' },
      },
    },
  },
}

const register: Described = {
  ...common,
  operationId: 'registerAsset',
  summary: 'Registers a version of a compute asset.',
  description: 'All mistakes come at once, in problems. The version registered last is what new transfers get.',
  requestBody: form,
  answers: {
    201: {
      ...json('It is registered.', assetVersionSchema),
      headers: { Location: { required: true, schema: { type: 'string' }, description: 'Where it is shown.' } },
    },
  },
  refusals: [...formRefusals, 'asset-exists'],
}

const change = (operationId: string, summary: string): Described => ({
  ...common,
  operationId,
  summary,
  requestParams: { path: one },
  answers: { 200: json('Every version of it, as it is now.', assetSchema) },
  refusals: [...always, 'asset-unknown'],
})

/** The administrator's compute assets. */
export const assetPaths: ZodOpenApiPathsObject = {
  '/api/v1/assets': {
    post: operation(register),
    get: operation({
      ...common,
      operationId: 'listAssets',
      summary: 'Every version of every asset, by id, registered last first, in pages.',
      requestParams: { query: assetQuerySchema },
      answers: { 200: json('A page.', assetPageSchema) },
      refusals: [...always, 'invalid-query'],
    }),
  },
  '/api/v1/assets/{id}': {
    get: operation({
      ...common,
      operationId: 'showAsset',
      summary: 'Every version of one asset.',
      requestParams: { path: one },
      answers: { 200: json('Its versions.', assetSchema) },
      refusals: [...always, 'asset-unknown'],
    }),
    delete: operation({
      ...common,
      operationId: 'removeAsset',
      summary: 'Takes every version of an asset off the offer, and removes what was bundled with it.',
      requestParams: { path: one },
      answers: { 204: { description: 'It is removed.' } },
      refusals: [...always, 'asset-unknown', 'asset-has-live-jobs'],
    }),
  },
  '/api/v1/assets/{id}/versions/{version}': {
    get: operation({
      ...common,
      operationId: 'showAssetVersion',
      summary: 'One version with its document and dotenv file.',
      requestParams: { path: version },
      answers: { 200: json('The version.', assetDetailSchema) },
      refusals: [...always, 'asset-unknown'],
    }),
    put: operation({
      ...common,
      operationId: 'replaceAsset',
      summary: 'Registers a version, or replaces it while no job has used it.',
      requestParams: { path: version },
      requestBody: form,
      answers: { 200: json('It is registered.', assetVersionSchema) },
      refusals: formRefusals,
    }),
  },
  '/api/v1/assets/{id}/pause': {
    post: operation(change('pauseAsset', 'Offers an asset no more, until it is resumed. Jobs under way go on.')),
  },
  '/api/v1/assets/{id}/resume': { post: operation(change('resumeAsset', 'Offers an asset again.')) },
  '/api/v1/asset-directory': {
    get: operation({
      ...common,
      operationId: 'showAssetDirectory',
      summary: 'What became of each folder of the asset directory.',
      answers: { 200: json('As it was looked at last.', assetDirectorySchema) },
      refusals: always,
    }),
  },
}
