import type { Plan, Step } from '../../core/job/plan.ts'

/** A plan with something in every field, for tests. */
export function fullPlan(changes: Partial<Step> = {}): Plan {
  const step: Step = {
    name: 'main',
    worker: {
      image: 'registry.example/count@sha256:aa',
      pullSecrets: ['registry-key'],
      command: ['count', '$(TOP)', '$$', '$HOME'],
      runAs: { user: 1234, group: 2345 },
      env: {},
      secrets: ['MODEL_KEY'],
      network: 'sidecar',
    },
    environment: { TOP: '$(HOME)', LANGUAGE: 'en' },
    inputs: [
      { name: 'a.txt', kind: 'file', source: { kind: 'bundled', key: 'assets/x/a.txt' }, maximumBytes: 10 },
      { name: 'b', kind: 'archive', source: { kind: 's3', bucket: 'other', key: 'b.tar' }, maximumBytes: 10 },
    ],
    outputs: [{ name: 'out.txt', kind: 'file', required: true }],
    resources: {
      cpu: '2',
      memory: '1Gi',
      ephemeralStorage: '3Gi',
      sharedMemory: '64Mi',
      gpu: { resource: 'nvidia.com/gpu', count: 2 },
    },
    placement: {
      nodeSelector: { zone: 'a' },
      tolerations: [{ key: 'gpu', operator: 'Exists', value: undefined }],
      priorityClass: 'high',
      runtimeClass: 'gvisor',
    },
    limits: {
      timeout: 3_600_000,
      startTimeout: 600_000,
      retries: 0,
      concurrentJobs: 4,
      jobsPerAgreement: 10,
      outputBytes: 1000,
    },
    ...changes,
  }
  return {
    ref: { jobId: '3e6f0a0e-0d43-4a35-b7f4-1f1d9a0f8f5c', attempt: 2 },
    assetId: 'count',
    assetVersion: '1.2.3',
    consumerId: 'did:web:consumer.example',
    steps: [step],
  }
}
