import { type DataPlaneHandler, dataPlaneHandler, type HandlerOptions } from '../server/handle.ts'
import { jsonLdForm } from './form.ts'
import { startOrResume } from './start-or-resume.ts'

/**
 * The endpoints of a data plane for a control plane that speaks the JSON-LD form (EDC 0.6 to 0.18). The base address is what stands
 * before `/dataflows`; the control plane is told `<base>/dataflows` as the data plane's `url`.
 */
export function jsonLdHandler(
  options: Omit<HandlerOptions, 'form' | 'controlPlanes' | 'strictAddresses'>,
): DataPlaneHandler {
  return dataPlaneHandler({ ...options, dataPlane: startOrResume(options.dataPlane), form: jsonLdForm })
}
