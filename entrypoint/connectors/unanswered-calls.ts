import { setTimeout as pause } from 'node:timers/promises'

/**
 * Calls about transfer processes that had no answer. One that a connector did not come to, because it stood still or was overloaded, lies
 * in its connection and is carried out when it goes on, at the same moment as whatever is sent then: without a pause both take effect
 * (seen on EDC 0.10.0, which was stopped for 12 s).
 */
export interface UnansweredCalls {
  /**
   * Looks at a process before something is sent about it. Where the last call had no answer and there is still something to send, the
   * connector, which answers again, is given a moment, and looked at once more.
   * @param look gives `undefined` where it is still to be sent
   */
  look<T>(processId: string, look: () => Promise<T | undefined>): Promise<T | undefined>
  /** Sends something about a process. @param isAnswer whether what it came to is an answer; an error is none */
  send<T>(processId: string, call: () => Promise<T>, isAnswer?: (came: T) => boolean): Promise<T>
}

/** How long a connector may take to carry out what it finds when it goes on. Milliseconds. */
const usualSettleMs = 1_000
/** So many are remembered at most: a transfer that ends is not sent anything again, and nobody says so here. */
const most = 10_000

/** Starts with none: what a service that was restarted had sent is over by the time at which it sends again. */
export function unansweredCalls(settleMs = usualSettleMs): UnansweredCalls {
  const processes = new Set<string>()
  const note = (processId: string): void => {
    processes.add(processId)
    const [oldest] = processes
    if (processes.size > most && oldest !== undefined) processes.delete(oldest)
  }
  return {
    async look(processId, look) {
      const seen = await look()
      if (seen !== undefined || !processes.has(processId)) return seen
      await pause(settleMs)
      return look()
    },
    async send(processId, call, isAnswer = () => true) {
      note(processId)
      const came = await call()
      if (isAnswer(came)) processes.delete(processId)
      return came
    },
  }
}
