import { z } from 'zod'
import { checkNames, checkOutcomes } from '../connectors/check/row.ts'
import { timeSchema } from '../http/answer.ts'

const messageSchema = z.strictObject({ at: timeSchema, processId: z.string(), assetId: z.string().optional() })
const refusalSchema = z.strictObject({
  at: timeSchema,
  code: z.string().meta({ description: 'A code of the error catalogue.' }),
  message: z.string(),
})
const callSchema = z.strictObject({ at: timeSchema, call: z.string() })

/** What was heard of a connector since the service was started. */
export const heardSchema = z
  .strictObject({
    since: timeSchema.meta({ description: 'The service’s start; of what was before, nothing is kept.' }),
    provision: messageSchema.optional().meta({ description: 'The last provision request that was understood.' }),
    event: messageSchema.optional().meta({ description: 'The last transfer event.' }),
    provisionRefused: refusalSchema
      .optional()
      .meta({ description: 'The last message to its provision path that was refused, whoever sent it.' }),
    eventRefused: refusalSchema
      .optional()
      .meta({ description: 'The last message to its events path that was refused, whoever sent it.' }),
    answered: callSchema.optional().meta({ description: 'Our last call that it answered clearly.' }),
    failed: callSchema
      .extend({ message: z.string() })
      .optional()
      .meta({ description: 'Our last call that went wrong.' }),
  })
  .meta({ id: 'Heard' })

/** A configured connector. */
const connectorViewSchema = z
  .strictObject({
    id: z.string(),
    dialect: z.literal('http-provisioner'),
    managementUrl: z.string(),
    callbackAddress: z.string(),
    provisionUrl: z.string().meta({ description: 'What it is to call; `<secret>` stands for its secret.' }),
    eventsUrl: z.string(),
    heard: heardSchema,
  })
  .meta({ id: 'Connector' })

/** A configured connector whose data plane we are. */
const controlPlaneViewSchema = z
  .strictObject({
    id: z.string(),
    dialect: z.literal('data-plane-signaling'),
    form: z.enum(['plain', 'json-ld']),
    dataPlaneId: z.string(),
    signalingUrl: z.string(),
    managementUrl: z.string().nullable(),
    dataPlaneUrl: z.string().meta({ description: 'What it is to call; `<secret>` stands for its secret.' }),
    transferTypes: z.array(z.string()),
    registered: z.boolean().meta({ description: 'Whether our last registration was taken.' }),
    heard: heardSchema,
  })
  .meta({ id: 'ControlPlane' })

/** Every configured connector. */
export const connectorsSchema = z
  .strictObject({ connectors: z.array(z.discriminatedUnion('dialect', [connectorViewSchema, controlPlaneViewSchema])) })
  .meta({ id: 'Connectors' })

/** How a connector is to be checked. */
export const checkRequestSchema = z
  .strictObject({
    probe: z
      .strictObject({
        protocolAddress: z
          .url({ protocol: /^https?$/ })
          .max(2048)
          .meta({
            description:
              'The connector’s own address for the dataspace protocol (`edc.dsp.callback.address`), as it reaches itself.',
          }),
      })
      .optional()
      .meta({
        description:
          'Has the connector make a transfer with itself, to see what it sends. An asset without an offer, its agreement and ended transfers stay in the connector.',
      }),
  })
  .meta({ id: 'ConnectorCheckRequest' })

/** What a check found. */
export const connectorReportSchema = z
  .strictObject({
    id: z.string(),
    ok: z.boolean().meta({ description: 'No check failed.' }),
    at: timeSchema,
    checks: z.array(
      z
        .strictObject({
          name: z.enum(checkNames),
          outcome: z.enum(checkOutcomes).meta({
            description: 'warning: it works, though not as well as it might; unknown: it could not be seen.',
          }),
          seen: z.string(),
          mend: z
            .strictObject({
              hint: z.string(),
              where: z.enum(['connector', 'connectors-file', 'settings']),
              lines: z.array(z.string()).meta({ description: 'To write there, but for what stands in `<…>`.' }),
            })
            .optional(),
        })
        .meta({ id: 'ConnectorCheck' }),
    ),
    left: z.array(z.string()).optional().meta({ description: 'What a probe left in the connector.' }),
  })
  .meta({ id: 'ConnectorReport' })
