import { readFile } from 'node:fs/promises'

/** A file with the labels of this pod, as the node knows them, and one that is waited for. */
export interface LabelFile {
  readonly path: string
  /** `name=value`. */
  readonly label: string
}

/** Whether the pod has the label. The kubelet writes `name="value"`, one on a line (downward API, Go's quoting). */
export async function hasLabel({ path, label }: LabelFile): Promise<boolean> {
  const equals = label.indexOf('=')
  const line = `${label.slice(0, equals)}=${JSON.stringify(label.slice(equals + 1))}`
  return (await readFile(path, 'utf8')).split('\n').includes(line)
}
