import { createHash } from 'node:crypto'

/** What stands for a consumer on objects and in names: 32 hexadecimal digits. Its own name may be personal data, and any character. */
export function consumerHash(consumerId: string): string {
  return createHash('sha256').update(consumerId).digest('hex').slice(0, 32)
}

/** Name of a consumer's namespace: always the same, so that nothing needs to be remembered. */
export function tenantNamespace(prefix: string, consumerId: string): string {
  return `${prefix}-${consumerHash(consumerId)}`
}
