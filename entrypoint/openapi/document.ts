import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi'
import { problemSchema } from '../http/problem-schema.ts'

/** An OpenAPI document as JSON. */
export type OpenApiDocument = ReturnType<typeof createDocument>

/** What a document of one listener is made of. */
export interface DocumentParts {
  readonly title: string
  readonly description: string
  readonly paths: ZodOpenApiPathsObject
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  /** How the bearer token of this listener is come by. */
  readonly bearer: string
}

/** Makes the OpenAPI 3.1 document of a listener. The version is the API's, not the release's: it changes when the API does. */
export function makeDocument({ title, description, paths, tags, bearer }: DocumentParts): OpenApiDocument {
  return createDocument({
    openapi: '3.1.0',
    info: {
      title,
      version: '1.0.0',
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: [...tags],
    paths,
    components: {
      schemas: { Problem: problemSchema },
      headers: {
        RequestId: {
          description: 'Names the request in the log. One sent along is taken over, where it is short and plain.',
          required: true,
          schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,64}$' },
        },
      },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: bearer } },
    },
  })
}
