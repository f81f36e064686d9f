import type { AttemptRef } from '../core/job/names.ts'
import type { Container, LogPart } from '../core/ports/backend.ts'
import { ApiError, isNotFound } from './api/api-error.ts'
import { readTail } from './api/log-tail.ts'
import type { NamespaceApi } from './api/namespace-api.ts'
import { findPod } from './attempt-objects.ts'
import type { Pod } from './observe/objects.ts'

/** What the kubelet answers, with status 200, where the runtime has no log any more. */
const noLog = /^unable to retrieve container logs for \S+$/
/** More than that sentence has. */
const noLogBytes = 1_000

/** Reads a container's log from a byte on, at most its last `maximumBytes`; `undefined` where there is none. */
export async function containerLog(
  api: NamespaceApi,
  ref: AttemptRef,
  container: Container,
  from: number,
  maximumBytes: number,
): Promise<LogPart | undefined> {
  const pod = await findPod(api, ref)
  if (pod === undefined) return undefined
  try {
    const begin = from < noLogBytes ? 0 : from // so that the sentence is seen whole
    const part = await readTail(await api.openLog(pod.metadata.name, container), begin, maximumBytes)
    if (part.bytes.length < noLogBytes && noLog.test(Buffer.from(part.bytes).toString('utf8').trim())) return undefined
    const known = from - part.start
    return known > 0 && known <= part.bytes.length ? { start: from, bytes: part.bytes.subarray(known) } : part
  } catch (error) {
    // 400: the container has not started, or its log was rotated away. The question itself is always well formed.
    if ((error instanceof ApiError && error.status === 400 && error.byKubernetes) || isNotFound(error)) return undefined
    // The API server reads logs from the node. Where that is lost with the pod, nobody will ever read this one.
    if (error instanceof ApiError && error.status >= 500 && isLost(pod)) return undefined
    throw error
  }
}

function isLost({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined || status.reason === 'NodeLost'
}
