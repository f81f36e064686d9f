import type { Action, ObjectKind } from './actions.ts'

/** Kinds of actors; `nobody` is a caller without valid credentials. */
export const actorKinds = ['operator', 'connector', 'consumer', 'service', 'nobody'] as const

/** Who did something. */
export interface Actor {
  readonly kind: (typeof actorKinds)[number]
  /** The id of an operator's key or OpenID subject, a connector's or consumer's id; absent for the service itself and for nobody. */
  readonly id?: string
  /** What people call an operator. */
  readonly name?: string
  /** How an operator was recognised: `token`, `key`, `oidc` or `local` (core/access/caller.ts). */
  readonly via?: string
}

/** On whose behalf something is written. */
export interface Author {
  readonly actor: Actor
  /** The request it came with. */
  readonly requestId?: string
}

/** The service itself, which does most things. */
export const service: Author = { actor: { kind: 'service' } }

/** A connector, whose message or state we follow. */
export function connectorAuthor(id: string): Author {
  return { actor: { kind: 'connector', id } }
}

/** What an entry says beyond its fixed fields: short, and nothing secret. Names of fields begin with a letter. */
export type Detail = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

/** An entry before it has its place in the log. */
export interface AuditDraft extends Author {
  readonly action: Action
  readonly object: { readonly kind: ObjectKind; readonly id: string }
  /** The job it belongs to, where the object is another thing. */
  readonly jobId?: string
  readonly outcome: 'done' | 'refused' | 'failed'
  readonly detail?: Detail
}

/** An entry of the audit log. Its fields stand in this order in what is hashed. */
export interface AuditEntry extends AuditDraft {
  /** From 1, without gaps. */
  readonly sequence: number
  /** ISO 8601 with milliseconds, UTC. */
  readonly at: string
}

/** Longest text that an entry keeps of one value, in characters. */
const longestText = 512

/** The entry as it is kept: fields in one order, long texts cut. */
export function placed(draft: AuditDraft, sequence: number, now: number): AuditEntry {
  const { action, actor, object, jobId, outcome, requestId, detail } = draft
  return {
    sequence,
    at: new Date(now).toISOString(),
    action,
    actor: {
      kind: actor.kind,
      ...(actor.id === undefined ? {} : { id: cut(actor.id) }),
      ...(actor.name === undefined ? {} : { name: cut(actor.name) }),
      ...(actor.via === undefined ? {} : { via: cut(actor.via) }),
    },
    object: { kind: object.kind, id: cut(object.id) },
    ...(jobId === undefined ? {} : { jobId: cut(jobId) }),
    outcome,
    ...(requestId === undefined ? {} : { requestId: cut(requestId) }),
    ...(detail === undefined ? {} : { detail: cutDetail(detail) }),
  }
}

function cutDetail(detail: Detail): Detail {
  return Object.fromEntries(
    Object.entries(detail).map(([name, value]) => [name, typeof value === 'string' ? cut(value) : value]),
  )
}

function cut(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText - 1)}…`
}
