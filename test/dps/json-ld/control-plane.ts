import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { ConnectorPair } from '../../support/dataspace.ts'
import { projectRoot } from '../../support/entrypoint.ts'
import type { Testbed } from '../../support/testbed.ts'

/** Versions of EDC whose control plane there is without a data plane. The consumer is 0.10.0 each time. */
export const edcVersions = ['0.10.0', '0.15.1'] as const

export type EdcVersion = (typeof edcVersions)[number]

/** A real control plane of EDC without a data plane, beside the testbed's consumer. */
export interface JsonLdControlPlane {
  readonly version: EdcVersion
  /** Provider's and consumer's addresses; `addressType` is a source type of this test's own, so that tests do not get each other's flows. */
  readonly pair: ConnectorPair
  /** Base of its control API, which is the `callbackAddress` of its messages, too. */
  readonly control: string
  /** An address that always answers 200. */
  readonly answers: string
}

/** Starts it where it does not run yet (`testbed/edc-json-ld.sh`); it stays up for other tests, until the testbed is taken down. */
export async function startJsonLdControlPlane(
  { connectors }: Testbed,
  version: EdcVersion,
): Promise<JsonLdControlPlane> {
  const { stdout } = await promisify(execFile)('bash', [`${projectRoot}/testbed/edc-json-ld.sh`, 'up', version])
  const printed = Object.fromEntries([...stdout.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]))
  const { EDC_JSON_LD_MANAGEMENT, EDC_JSON_LD_KEY, EDC_JSON_LD_PROTOCOL, EDC_JSON_LD_CONTROL, EDC_JSON_LD_LIVENESS } =
    printedSchema.parse(printed)
  return {
    version,
    control: EDC_JSON_LD_CONTROL,
    answers: EDC_JSON_LD_LIVENESS,
    pair: {
      ...connectors,
      providerManagement: EDC_JSON_LD_MANAGEMENT,
      providerKey: EDC_JSON_LD_KEY,
      providerProtocol: EDC_JSON_LD_PROTOCOL,
      addressType: `ComputeAsset${randomBytes(4).toString('hex')}`,
    },
  }
}

const printedSchema = z.object({
  EDC_JSON_LD_MANAGEMENT: z.url(),
  EDC_JSON_LD_KEY: z.string(),
  EDC_JSON_LD_PROTOCOL: z.url(),
  EDC_JSON_LD_CONTROL: z.url(),
  EDC_JSON_LD_LIVENESS: z.url(),
})
