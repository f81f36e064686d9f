/** Gives requests their Authorization header. */
export interface Authorization {
  /** The header's value for one request, such as `Bearer eyJ…`. @throws where no token can be had: nothing was sent then */
  header(): Promise<string>
  /** To be told of a 401: what was kept is given up, so that the next request has a new token. */
  refused(): void
}
