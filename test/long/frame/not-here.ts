/** What a run needs is not on this machine, which is no failure: the run is skipped. The message says what would have to be there. */
export class NotHere extends Error {
  override readonly name = 'NotHere'
}
