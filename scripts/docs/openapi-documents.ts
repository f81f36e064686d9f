import { adminDocument } from '../../entrypoint/openapi/admin-document.ts'
import type { OpenApiDocument } from '../../entrypoint/openapi/document.ts'
import { publicDocument } from '../../entrypoint/openapi/public-document.ts'

/** The OpenAPI documents as the listeners serve them, by the files they are kept in. */
export function openApiDocuments(): readonly (readonly [file: string, document: OpenApiDocument])[] {
  return [
    ['docs/openapi/admin.json', adminDocument()],
    ['docs/openapi/public.json', publicDocument()],
  ]
}
