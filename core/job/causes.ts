/** What is known of one cause of failure, whichever job it ends. */
interface CauseEntry {
  /** What happened, in words for an operator. */
  readonly title: string
  /** What to do about it. */
  readonly hint: string
  /** Whether the same job may end well when it runs once more; `limits.retries` counts only for these. */
  readonly retryable: boolean
  /** Whether its messages speak only of what a consumer may know: never of images, addresses or machines of the provider. */
  readonly shared: boolean
}

/** Every cause for which a job fails. docs/errors.md is generated from this table. */
export const causes = {
  'invalid-parameters': {
    title: 'The parameters do not fit the asset',
    hint: 'Send parameters that the asset’s JSON Schema accepts.',
    retryable: false,
    shared: true,
  },
  refused: {
    title: 'The agreement or a limit does not allow this job',
    hint: 'Check the contract agreement and the asset’s limits.',
    retryable: false,
    shared: true,
  },
  'queue-timeout': {
    title: 'The job waited too long for a slot',
    hint: 'Try again when fewer jobs run. The provider can raise limits.concurrentJobs or limits.queueTimeout of the asset, or the service’s limits on running jobs.',
    retryable: false,
    shared: true,
  },
  'input-failed': {
    title: 'An input could not be fetched',
    hint: 'Check that the address answers and that size and digest are as declared.',
    retryable: true,
    shared: false,
  },
  'secret-missing': {
    title: 'A secret of the worker does not exist',
    hint: 'Create the Secret of the asset with every name listed in worker.secrets.',
    retryable: false,
    shared: false,
  },
  'image-pull': {
    title: 'The worker’s image could not be pulled',
    hint: 'Check the image’s name, that the registry is reachable and worker.pullSecrets.',
    retryable: true,
    shared: false,
  },
  'invalid-image': {
    title: 'The worker’s image cannot be run',
    hint: 'Correct worker.image or worker.command and register a new version.',
    retryable: false,
    shared: false,
  },
  unschedulable: {
    title: 'No node can take the job',
    hint: 'Ask for less in resources, loosen placement, or add nodes.',
    retryable: true,
    shared: false,
  },
  'start-timeout': {
    title: 'The job did not start in time',
    hint: 'Raise limits.startTimeout, or look at the events of the cluster.',
    retryable: true,
    shared: false,
  },
  'not-isolated': {
    title: 'The pod’s network was not closed to the worker',
    hint: 'Check that the cluster enforces NetworkPolicies and that those of the jobs’ namespace are there; set DSC_NETWORK_POLICIES to what is true.',
    retryable: true,
    shared: false,
  },
  altered: {
    title: 'The cluster changed what was to run',
    hint: 'Exclude the jobs’ namespace from the mutating webhook or policy that changes Jobs or pods; the message names the fields.',
    retryable: false,
    shared: false,
  },
  'out-of-memory': {
    title: 'A container used more memory than it may',
    hint: 'Raise the memory that the message names: resources.memory of the asset, or DSC_SIDECAR_MEMORY for the sidecar.',
    retryable: false,
    shared: true,
  },
  'exit-code': {
    title: 'The worker ended with an error',
    hint: 'Read the worker’s last log lines.',
    retryable: true,
    shared: true,
  },
  deadline: {
    title: 'The worker ran longer than it may',
    hint: 'Raise limits.timeout, or give the worker less to do.',
    retryable: false,
    shared: true,
  },
  evicted: {
    title: 'The cluster evicted the job',
    hint: 'Raise resources.ephemeralStorage if a volume was too small; else try again.',
    retryable: true,
    shared: false,
  },
  'node-lost': {
    title: 'The machine that ran the job, or the job’s pod, is gone',
    hint: 'Try again; set limits.retries to have this done by itself.',
    retryable: true,
    shared: false,
  },
  'missing-output': {
    title: 'The worker did not write a required output',
    hint: 'Compare the names in outputs with what the worker writes into OUTPUT_DIR.',
    retryable: false,
    shared: true,
  },
  'invalid-output': {
    title: 'The worker wrote an output that cannot be taken',
    hint: 'Write regular files with plain names only: no links, devices or special files.',
    retryable: false,
    shared: false,
  },
  'output-too-large': {
    title: 'The outputs are larger than allowed',
    hint: 'Raise limits.outputBytes, or write less.',
    retryable: false,
    shared: true,
  },
  'upload-failed': {
    title: 'The result could not be stored',
    hint: 'Check that the object store is reachable from the pods and has room.',
    retryable: true,
    shared: false,
  },
  'backend-error': {
    title: 'The backend could not run the job',
    hint: 'The message has what the backend said.',
    retryable: true,
    shared: false,
  },
} as const satisfies Record<string, CauseEntry>

/** A stable cause of failure. */
export type Cause = keyof typeof causes

/** Why a job, or one attempt of it, failed. */
export interface Failure {
  readonly cause: Cause
  /** What happened this time, in one or two sentences. */
  readonly message: string
  /** Set where the same job can only fail again, though its cause is one that may pass. */
  readonly final?: true
  /** The worker's exit code, where it ended with one. */
  readonly exitCode?: number
  /** The last lines of the log of the container that failed, oldest first; at most 20. */
  readonly lastLogLines?: readonly string[]
}

/** The advice that belongs to a failure. */
export function hintFor(failure: Failure): string {
  return causes[failure.cause].hint
}
