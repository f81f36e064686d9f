import { manager, markNames } from './vocabulary.ts'

/** Whether an object of the connector carries our mark. */
export function isMarked(privateProperties: Readonly<Record<string, unknown>>): boolean {
  return privateProperties[markNames.managedBy] === manager
}
