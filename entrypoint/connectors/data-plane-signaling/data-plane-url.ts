import type { SignalingSettings } from '../../../config/signaling.ts'

/** Address under which a control plane reaches us, without `/dataflows`. @param publicUrl base address of the public listener */
export function dataPlaneUrl(
  { id, secret, dataPlaneUrl: given }: Pick<SignalingSettings, 'id' | 'secret' | 'dataPlaneUrl'>,
  publicUrl: string,
): string {
  return given ?? `${publicUrl.replace(/\/+$/, '')}/dataplanes/${id}${secret === undefined ? '' : `/${secret}`}`
}
