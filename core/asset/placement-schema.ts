import { z } from 'zod'
import { labelKeyPattern, labelValuePattern, optionalNamePattern, subdomainPattern } from './kubernetes-syntax.ts'

const labelKey = z
  .string()
  .regex(
    labelKeyPattern,
    'expected the key of a label such as disk or topology.kubernetes.io/zone, its name at most 63 characters',
  )
const labelValue = z
  .string()
  .regex(
    labelValuePattern,
    'expected at most 63 letters, digits, - _ and ., beginning and ending with a letter or digit',
  )

/** The name of a Kubernetes object. */
export const objectNameSchema = z
  .string()
  .regex(
    subdomainPattern,
    'expected the name of a Kubernetes object: lower case letters, digits, - and ., each part beginning and ending with a letter or digit',
  )

/** Of a class; empty where the cluster's default is meant. */
const className = z
  .string()
  .regex(
    optionalNamePattern,
    'expected the name of a Kubernetes object: lower case letters, digits, - and ., each part beginning and ending with a letter or digit',
  )

/** What the API server says of a toleration's fields together (k8s.io/kubernetes/pkg/apis/core/validation, ValidateTolerations). */
const toleration = z
  .strictObject({
    key: labelKey.optional(),
    operator: z.enum(['Exists', 'Equal']).optional(),
    value: labelValue.optional(),
    effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
    tolerationSeconds: z.int().min(0).optional(),
  })
  .superRefine(({ key = '', operator = 'Equal', value = '', effect, tolerationSeconds }, context) => {
    const problem = (field: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [field], message })
    }
    if (key === '' && operator === 'Equal')
      problem('operator', 'expected Exists where key is left out: then every taint is meant')
    if (operator === 'Exists' && value !== '')
      problem('value', 'is not compared with operator Exists; leave it out, or use Equal')
    if (tolerationSeconds !== undefined && effect !== 'NoExecute')
      problem('effect', 'expected NoExecute where tolerationSeconds is set')
  })

/** On which nodes a job may run. */
export const placementSchema = z.strictObject({
  nodeSelector: z.record(labelKey, labelValue).default({}),
  tolerations: z.array(toleration).max(32).default([]),
  priorityClass: className.default(''),
  runtimeClass: className.default(''),
})
