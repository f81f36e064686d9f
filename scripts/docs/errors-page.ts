import { errorCatalogue } from '../../core/errors.ts'
import { causes } from '../../core/job/causes.ts'
import { code, generatedNote, table } from './markdown.ts'

/** docs/errors.md. */
export function errorsPage(): string {
  const errors = Object.entries(errorCatalogue).map(([name, { status, title, hint }]) => [
    code(name),
    String(status),
    title,
    hint,
  ])
  const failures = Object.entries(causes).map(([name, { title, hint, retryable }]) => [
    code(name),
    title,
    hint,
    retryable ? 'yes' : 'no',
  ])
  return `${generatedNote('core/errors.ts and core/job/causes.ts')}
# Errors and causes of failure

Two lists. An **error** answers a request that could not be served. A **cause of failure** says why a job ended as \`failed\`.
Codes and causes are stable: they are never renamed and never get another meaning, so programs may decide by them.

## Errors

Every error of both listeners leaves as \`application/problem+json\` (RFC 9457), also what HTTP itself forbids (a malformed request, headers that are too
large, a request that does not arrive in time), with these fields:

| Field | Meaning |
|---|---|
| \`type\` | \`urn:dataspace-compute:error:\` and the code |
| \`code\`, \`status\`, \`title\`, \`hint\` | from the list below |
| \`detail\` | what is wrong this time |
| \`problems\` | where several things are wrong: \`where\` and \`message\` of each |
| \`requestId\` | the same as in the log and in the header \`X-Request-Id\` |
| \`checks\` | with \`/readyz\` of the admin listener alone: each check with \`ok\`, or what is wrong |

On the paths that connectors call, trouble of our own is always 503, because a connector ends the transfer on most other
answers. 503 carries \`Retry-After\`.

${table(['Code', 'Status', 'What is wrong', 'What to do'], errors)}

## Causes of failure

A failed job shows its cause with a message, the worker's exit code where there is one, the last lines of the log, and the
hint ([admin API](admin-api.md#jobs)). Only attempts that failed for a cause marked with *yes* are tried again, as often as the asset's
\`limits.retries\` says.

${table(['Cause', 'What happened', 'What to do', 'Tried again'], failures)}
`
}
