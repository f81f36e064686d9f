import { type DataPlaneRegistration, writeDataPlaneRegistration } from '../messages/data-plane-registration.ts'
import { type KeepingOptions, kept, type KeptRegistration } from './keep.ts'
import { type Outcome, send, type Sending } from './send.ts'

/** Where and as what a data plane registers itself. */
export interface RegistrationOptions extends Sending {
  /** What stands before `/dataplanes`; for EDC 0.17 and later its management API with version, such as `http://provider:19193/management/v4`. */
  readonly address: string
  readonly dataPlane: DataPlaneRegistration
  /** `put`: `PUT /dataplanes`, the specification and EDC from 0.17 on (default). `post-register`: `POST /dataplanes/register`, EDC 0.16. */
  readonly request?: 'put' | 'post-register'
}

/** A data plane's registration with one control plane. */
export interface Registration {
  /** Registers, or replaces what was registered: both are the same request. */
  register(): Promise<Outcome>
  /** Takes the registration back; one that is not there counts as taken back. */
  deregister(): Promise<Outcome>
  /** Registers now, again and again, and after a failure sooner: EDC answers 405 for seconds after it says that it is ready. */
  keep(options?: KeepingOptions): KeptRegistration
}

/** A client of the control plane's registration endpoint. */
export function registration(options: RegistrationOptions): Registration {
  const { dataPlane, request = 'put' } = options
  const base = `${options.address.replace(/\/+$/, '')}/dataplanes`
  const register = (): Promise<Outcome> =>
    request === 'put'
      ? send('PUT', base, writeDataPlaneRegistration(dataPlane), options)
      : send('POST', `${base}/register`, writeDataPlaneRegistration(dataPlane), options)
  return {
    register,
    async deregister() {
      const outcome = await send('DELETE', `${base}/${encodeURIComponent(dataPlane.dataplaneId)}`, undefined, options)
      return outcome.outcome === 'later' && outcome.status === 404 ? { outcome: 'taken' } : outcome
    },
    keep: (keeping = {}) => kept(register, keeping),
  }
}
