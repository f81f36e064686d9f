/** What a worker's container was given. */
export interface WorkerCall {
  readonly command: readonly string[]
  /** Its variables, from the attempt's ConfigMap. */
  readonly environment: Readonly<Record<string, string>>
  /** Number of the attempt, from 1. */
  readonly attempt: number
  /** Where inputs lie and outputs go. */
  readonly folders: { readonly inputs: string; readonly outputs: string }
  /** Aborted where it is told to end. */
  readonly signal: AbortSignal
}

/** Does what a worker is for. @returns its exit code and its log */
export type Worker = (call: WorkerCall) => Promise<{ readonly exitCode: number; readonly log: string }>
