import type { ZodOpenApiPathsObject } from 'zod-openapi'
import type { ErrorCode } from '../../core/errors.ts'
import {
  auditExportQuerySchema,
  auditPageSchema,
  auditQuerySchema,
  auditReportSchema,
} from '../routes/audit-schemas.ts'
import { usageQuerySchema, usageRecordsQuerySchema, usageSchema } from '../routes/usage-schemas.ts'
import { admissionRefusals, json, operation, plainText } from './describe.ts'

const security = [{ bearer: [] }, {}]
const always: readonly ErrorCode[] = [...admissionRefusals, 'internal']

/** The administrator's audit log and usage. */
export const auditPaths: ZodOpenApiPathsObject = {
  '/api/v1/audit': {
    get: operation({
      tags: ['audit'],
      security,
      operationId: 'listAudit',
      summary: 'Who did what, newest first, in pages.',
      requestParams: { query: auditQuerySchema },
      answers: { 200: json('A page.', auditPageSchema) },
      refusals: [...always, 'invalid-query'],
    }),
  },
  '/api/v1/audit/verification': {
    get: operation({
      tags: ['audit'],
      security,
      operationId: 'verifyAudit',
      summary: 'Whether the audit log is as it was written: every entry, its end, and its anchors in the object store.',
      answers: { 200: json('What was found.', auditReportSchema) },
      refusals: always,
    }),
  },
  '/api/v1/audit/export': {
    get: operation({
      tags: ['audit'],
      security,
      operationId: 'exportAudit',
      summary: 'The audit log, oldest first, one JSON object per line.',
      description:
        'Each line is the entry as it was hashed, with its hash as the last member: without `,"hash":"…"` it is the text that goes into the hash. An export is an entry of the log, too.',
      requestParams: { query: auditExportQuerySchema },
      answers: { 200: plainText('The entries.', 'application/x-ndjson') },
      refusals: [...always, 'invalid-query'],
    }),
  },
  '/api/v1/usage': {
    get: operation({
      tags: ['usage'],
      security,
      operationId: 'sumUsage',
      summary: 'What was used, summed up by agreement, asset or consumer.',
      requestParams: { query: usageQuerySchema },
      answers: { 200: json('The sums, in order of keys.', usageSchema) },
      refusals: [...always, 'invalid-query'],
    }),
  },
  '/api/v1/usage/records': {
    get: operation({
      tags: ['usage'],
      security,
      operationId: 'exportUsage',
      summary: 'The usage records themselves, one JSON object per line, in order of time.',
      requestParams: { query: usageRecordsQuerySchema },
      answers: { 200: plainText('The records.', 'application/x-ndjson') },
      refusals: [...always, 'invalid-query'],
    }),
  },
}
