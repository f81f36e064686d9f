import { textsOf, type WireMessage } from './postgres-wire.ts'

/**
 * What a client asks of the database by some messages that belong together, in a few words: `connect`, the name of a prepared statement,
 * or what a statement without a name does to which table. Values are never part of it.
 */
export function nameOfStatement(messages: readonly WireMessage[]): string {
  for (const message of messages) {
    const [first = '', second = ''] = textsOf(message)
    switch (message.type) {
      case '':
        return 'connect'
      case 'Q':
        return inWords(first)
      case 'P':
        return first === '' ? inWords(second) : first
      case 'B':
        return second
      default:
        break
    }
  }
  return 'sync'
}

function inWords(text: string): string {
  const verb = /^\s*([a-z]+)/i.exec(text)?.[1]?.toLowerCase() ?? ''
  if (['begin', 'commit', 'rollback', 'set', 'create', 'alter'].includes(verb)) return verb
  const table = /\b(?:from|into|update)\s+([a-z_]+)/i.exec(text)?.[1]
  return table === undefined ? verb : `${verb} ${table}`
}
