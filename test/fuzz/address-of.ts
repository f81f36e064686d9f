import type { DataAddress } from '../../dps/data-plane.ts'

/** An address from lines: its kind, its endpoint, then `name=value` each. */
export function addressOf(text: string): DataAddress {
  const [endpointType = '', endpoint = '', ...rest] = text.split('\u0001')
  const properties = Object.fromEntries(
    rest.map((line) => {
      const at = line.indexOf('=')
      return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
    }),
  )
  return { endpointType, ...(endpoint === '' ? {} : { endpoint }), properties }
}
