/** Which attempt of which job. */
export interface AttemptRef {
  readonly jobId: string
  /** From 1. */
  readonly attempt: number
  /** The participant it is for: a backend that keeps consumers apart finds the attempt faster. No part of its identity. */
  readonly consumerId?: string
}

/** Name of the objects of one attempt on a backend: at most 63 characters (a DNS label), so that a Job's pods carry it too. */
export function attemptName(ref: AttemptRef): string {
  return `dsc-${ref.jobId}-${ref.attempt}`
}

/** Where everything of a job lies in the object store. */
export function jobPrefix(jobId: string): string {
  return `jobs/${jobId}/`
}

/** Where everything of one attempt lies. */
export function attemptPrefix(ref: AttemptRef): string {
  return `${jobPrefix(ref.jobId)}attempts/${ref.attempt}/`
}

/** Where the files of an attempt's result lie; a file's key is this and its path. */
export function filesPrefix(ref: AttemptRef): string {
  return `${attemptPrefix(ref)}files/`
}

/** Key of an attempt's result manifest. */
export function manifestKey(ref: AttemptRef): string {
  return `${attemptPrefix(ref)}manifest.json`
}

/** Where the logs of an attempt lie. */
export function logsPrefix(ref: AttemptRef): string {
  return `${attemptPrefix(ref)}logs/`
}

/** Key of the log of one container of an attempt. */
export function logKey(ref: AttemptRef, container: string): string {
  return `${logsPrefix(ref)}${container}.log`
}

/** Where the inputs bundled with one registration of an asset lie. */
export function bundlePrefix(bundleId: string): string {
  return `assets/${bundleId}/`
}
