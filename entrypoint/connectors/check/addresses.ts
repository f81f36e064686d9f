import { type ProvisionerSettings, defaultDataAddressType } from '../../../config/connectors.ts'
import type { SignalingSettings } from '../../../config/signaling.ts'
import { dataPlaneUrl } from '../data-plane-signaling/data-plane-url.ts'

/** Stands for a connector's secret wherever its paths are shown. */
export const secretPlace = '<secret>'

/** The addresses that a connector is to call, with a placeholder for its secret. */
export interface OurAddresses {
  readonly provisionUrl: string
  readonly eventsUrl: string
}

/** @param publicUrl without a slash at the end, such as `https://compute.example` */
export function ourAddresses({ id, secret }: ProvisionerSettings, publicUrl: string): OurAddresses {
  const end = secret === undefined ? '' : `/${secretPlace}`
  const base = `${publicUrl}/connectors/${id}`
  return { provisionUrl: `${base}/provision${end}`, eventsUrl: `${base}/events${end}` }
}

/** What makes an EDC send its provision requests here; `compute` is a name of the operator's choice (EDC 0.10 `provision-http`). */
export function provisionerLines(settings: ProvisionerSettings, publicUrl: string): readonly string[] {
  const entry = 'provisioner.http.entries.compute'
  return [
    `${entry}.provisioner.type=provider`,
    `${entry}.data.address.type=${settings.dataAddressType ?? defaultDataAddressType}`,
    `${entry}.endpoint=${ourAddresses(settings, publicUrl).provisionUrl}`,
  ]
}

/** What makes an EDC send its transfer events here (EDC 0.10 `callback-static-endpoint`). */
export function eventLines(settings: ProvisionerSettings, publicUrl: string): readonly string[] {
  return [
    `edc.callback.compute.uri=${ourAddresses(settings, publicUrl).eventsUrl}`,
    'edc.callback.compute.events=transfer.process',
    'edc.callback.compute.transactional=false',
  ]
}

/** Our address for a control plane, with a placeholder for its secret. */
export function shownDataPlaneUrl(settings: SignalingSettings, publicUrl: string): string {
  const { secret, previousSecret } = settings
  const shown = dataPlaneUrl(secret === undefined ? settings : { ...settings, secret: secretPlace }, publicUrl)
  return [secret, previousSecret].reduce<string>(
    (text, one) => (one === undefined ? text : text.replaceAll(one, secretPlace)),
    `${shown}/dataflows`,
  )
}
