import type { Clock } from '../../../core/ports/clock.ts'
import type { Connector } from '../../../core/ports/connector.ts'
import type { HeardBook } from './heard.ts'

/** A connector of which is noted how the last call to it went. */
export function heardConnector(connector: Connector, heard: Pick<HeardBook, 'note'>, clock: Clock): Connector {
  const noted = async <T>(call: string, answer: Promise<T>): Promise<T> => {
    try {
      const value = await answer
      heard.note(connector.id, { answered: { at: clock.now(), call } })
      return value
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      heard.note(connector.id, { failed: { at: clock.now(), call, message } })
      throw error
    }
  }
  const { tell } = connector
  const told: typeof tell =
    tell === undefined
      ? undefined
      : (transfer, message, address) => noted(message.kind, tell(transfer, message, address))
  return {
    ...connector,
    ...(told === undefined ? {} : { tell: told }),
    transferProcess: (processId) => noted('transfer process', connector.transferProcess(processId)),
    agreement: (agreementId) => noted('agreement', connector.agreement(agreementId)),
    provisioned: (process, address) => noted('provisioned', connector.provisioned(process, address)),
    terminate: (processId, reason) => noted('terminate', connector.terminate(processId, reason)),
  }
}
