import { type TransitionError, transitionError } from '../transition-error.ts'
import type { ReceptionFailure } from './causes.ts'
import { isFlowOver, type OwedNews, type ReceivedContent, type Reception, type Source } from './reception.ts'

/** What can happen to a reception. */
export type ReceptionEvent =
  /** The provider has started; pull: with the address of the data. */
  | { readonly type: 'started'; readonly source?: Source }
  | { readonly type: 'suspended' }
  | { readonly type: 'resumed'; readonly source?: Source }
  | { readonly type: 'completed' }
  | { readonly type: 'terminated'; readonly reason?: string }
  /** Pull: the data is not there yet. */
  | { readonly type: 'waits'; readonly waitsFor: string | undefined }
  /** Pull: an attempt to fetch failed, after it had got on or not. */
  | { readonly type: 'trouble'; readonly gotOn: boolean }
  /** Everything is here and as it should be. */
  | { readonly type: 'received'; readonly content: ReceivedContent; readonly removeAt?: number; readonly tell: boolean }
  | { readonly type: 'failed'; readonly failure: ReceptionFailure; readonly removeAt?: number; readonly tell: boolean }
  /** Our control plane is about to be told; or was, and did not answer whether it heard. */
  | { readonly type: 'told-unclearly' }
  /** It did not take what it was told. */
  | { readonly type: 'told-in-vain' }
  /** Our control plane has been told; or never will be, where it refused. */
  | { readonly type: 'told'; readonly news: OwedNews; readonly refused: boolean }
  /** An operator wants it fetched, or verified, again. */
  | { readonly type: 'again' }
  /** An operator wants its files gone. */
  | { readonly type: 'removal-ordered' }
  | { readonly type: 'removed' }

/**
 * Applies an event to a reception. What came already, and what comes to a flow that is over, changes nothing and gives the very same
 * reception back; the flow follows the state machine of Data Plane Signaling.
 * @param now milliseconds since 1970
 */
export function transition(reception: Reception, event: ReceptionEvent, now: number): Reception | TransitionError {
  switch (event.type) {
    case 'started':
    case 'suspended':
    case 'resumed':
    case 'completed':
    case 'terminated':
      return signalled(reception, event, now)
    case 'again':
    case 'removal-ordered':
      return ordered(reception, event.type, now)
    default:
      return observed(reception, event, now)
  }
}

type Signal = Extract<ReceptionEvent, { type: 'started' | 'suspended' | 'resumed' | 'completed' | 'terminated' }>
type Order = 'again' | 'removal-ordered'

function signalled(reception: Reception, event: Signal, now: number): Reception | TransitionError {
  const { flow } = reception
  switch (event.type) {
    case 'started':
    case 'resumed': {
      const from = event.type === 'started' ? 'prepared' : 'suspended'
      if (flow !== from && flow !== 'started') return transitionError(flow, event.type)
      return located(withoutPrepared({ ...reception, flow: 'started' }), event.source, now)
    }
    case 'suspended':
      if (flow === 'suspended') return reception
      return flow === 'started' ? { ...reception, flow: 'suspended' } : transitionError(flow, event.type)
    case 'completed':
      if (isFlowOver(reception)) return reception
      return flow === 'started' ? completed(reception, now) : transitionError(flow, event.type)
    case 'terminated':
      return isFlowOver(reception) ? reception : terminated(reception, event.reason, now)
  }
}

/** Whoever is told that the other side has started knows that we were prepared. */
function withoutPrepared(reception: Reception): Reception {
  if (reception.owed !== 'prepared') return reception
  const { owed: _, owedUnclear: _unclear, ...rest } = reception
  return rest
}

/** A pull that knows where its data is fetches it. A later address takes the place of the one before, as long as there is a use for it. */
function located(reception: Reception, source: Source | undefined, now: number): Reception {
  if (reception.mode === 'push' || source === undefined) return reception
  const known = { ...reception, source }
  return reception.state === 'awaited' ? { ...known, state: 'fetching', since: now } : known
}

function completed(reception: Reception, now: number): Reception {
  const { owed: _, owedUnclear: _unclear, ...rest } = reception
  const over: Reception = { ...rest, flow: 'completed' }
  if (over.mode === 'push' && over.state === 'awaited') return { ...over, state: 'verifying', since: now }
  if (over.state === 'awaited') {
    const message = 'The transfer was completed before anybody said where the data is.'
    return { ...over, state: 'failed', failure: { cause: 'incomplete', message }, since: now }
  }
  return forgetful(over)
}

/** What is whole stays; what is not is of no use, and goes. */
function terminated(reception: Reception, reason: string | undefined, now: number): Reception {
  const {
    source: _source,
    owed: _owed,
    owedUnclear: _unclear,
    waitsFor: _waitsFor,
    troubleSince: _since,
    ...rest
  } = reception
  const over: Reception = { ...rest, flow: 'terminated', ...(reason === undefined ? {} : { reason }) }
  if (over.state === 'received' || over.state === 'removed') return over
  if (over.state === 'failed') return { ...over, removeAt: now }
  const message = reason === undefined ? 'The transfer was terminated.' : `The transfer was terminated: ${reason}`
  return { ...over, state: 'failed', failure: { cause: 'terminated', message }, removeAt: now, since: now }
}

function ordered(reception: Reception, order: Order, now: number): Reception | TransitionError {
  const { state, mode } = reception
  if (order === 'removal-ordered') {
    if (state === 'removed') return reception
    return state === 'received' || state === 'failed' ? { ...reception, removeAt: now } : transitionError(state, order)
  }
  if (state === 'fetching' || state === 'verifying') return reception
  const next = mode === 'push' ? 'verifying' : 'fetching'
  const can = mode === 'push' ? state === 'failed' && reception.flow === 'completed' : reception.source !== undefined
  if (!can || (state !== 'failed' && state !== 'removed')) return transitionError(state, order)
  const {
    content: _content,
    failure: _failure,
    removeAt: _at,
    removedAt: _removed,
    owed: _owed,
    owedUnclear: _unclear,
    ...rest
  } = reception
  return { ...rest, state: next, since: now }
}

type Observation = Exclude<ReceptionEvent, Signal | { type: Order }>

function observed(reception: Reception, event: Observation, now: number): Reception | TransitionError {
  const { state } = reception
  switch (event.type) {
    case 'waits': {
      if (state !== 'fetching') return transitionError(state, event.type)
      const { waitsFor: _, troubleSince: _since, ...rest } = reception
      return event.waitsFor === undefined ? rest : { ...rest, waitsFor: event.waitsFor }
    }
    case 'trouble':
      if (state !== 'fetching') return transitionError(state, event.type)
      return reception.troubleSince === undefined || event.gotOn ? { ...reception, troubleSince: now } : reception
    case 'received':
    case 'failed': {
      if (state !== 'fetching' && state !== 'verifying') return transitionError(state, event.type)
      const { waitsFor: _waitsFor, troubleSince: _since, ...rest } = reception
      const ended: Reception =
        event.type === 'received'
          ? { ...rest, state: 'received', content: event.content, since: now }
          : { ...rest, state: 'failed', failure: event.failure, since: now }
      const news: OwedNews = event.type === 'received' ? 'completed' : 'errored'
      // Of a push, the provider says that it is done.
      const owes = event.tell && !isFlowOver(reception) && reception.mode === 'pull'
      return forgetful({
        ...ended,
        ...(event.removeAt === undefined ? {} : { removeAt: event.removeAt }),
        ...(owes ? { owed: news } : {}),
      })
    }
    case 'told-unclearly':
      return reception.owed === undefined || reception.owedUnclear === true
        ? reception
        : { ...reception, owedUnclear: true }
    case 'told-in-vain': {
      if (reception.owedUnclear === undefined) return reception
      const { owedUnclear: _, ...rest } = reception
      return rest
    }
    case 'told': {
      if (reception.owed !== event.news) return reception
      const { owed: _, owedUnclear: _unclear, ...told } = reception
      if (event.news !== 'completed' || event.refused || isFlowOver(reception)) return told
      return forgetful({ ...told, flow: 'completed' })
    }
    case 'removed': {
      if (state === 'removed') return reception
      const { removeAt: _, ...rest } = reception
      return forgetful({ ...rest, state: 'removed', removedAt: now, since: now })
    }
  }
}

/** An address that nobody needs any more is not kept. */
function forgetful(reception: Reception): Reception {
  if (!isFlowOver(reception) || reception.state === 'fetching' || reception.state === 'failed') return reception
  const { source: _, ...rest } = reception
  return rest
}
