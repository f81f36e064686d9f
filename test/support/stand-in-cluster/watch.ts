import type { ServerResponse } from 'node:http'
import type { JsonObject } from '../../../demo/simulated-connector/json.ts'
import type { ObjectEvent, Objects } from './objects.ts'
import { matches, metadataOnly } from './selection.ts'

/** Between two bookmarks: about a minute with the real one. Milliseconds. */
const bookmarkMs = 5_000

/** Serves a watch from a version on: what happened since, then what happens. @throws Refused where what happened since is forgotten */
export function serveWatch(
  objects: Objects,
  response: ServerResponse,
  asked: { readonly resource: string; readonly selector: string; readonly from: number; readonly seconds: number },
): void {
  const happened = objects.since(asked.from)
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  const send = (type: string, object: JsonObject): void => {
    response.write(`${JSON.stringify({ type, object: metadataOnly(object) })}\n`)
  }
  const tell = ({ type, resource, object }: ObjectEvent): void => {
    if (resource === asked.resource && matches(object, asked.selector)) send(type, object)
  }
  happened.forEach(tell)
  const stopListening = objects.listen(tell)
  const bookmark = setInterval(
    () => send('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion: String(objects.version) } }),
    bookmarkMs,
  )
  const end = setTimeout(() => response.end(), asked.seconds * 1000)
  response.once('close', () => {
    stopListening()
    clearInterval(bookmark)
    clearTimeout(end)
  })
}
