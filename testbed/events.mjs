// Hands the provider's transfer events on to every service under test: node events.mjs LISTEN_PORT URL...
// The connector itself (0.10.0) tells several addresses one after the other and stops at the first that cannot be reached.
import { createServer, request } from 'node:http'

const [port, ...targets] = process.argv.slice(2)

function pass(target, body) {
  const outgoing = request(target, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length },
    timeout: 5000,
  })
  outgoing.on('response', (response) => response.resume())
  outgoing.on('timeout', () => outgoing.destroy())
  outgoing.on('error', () => {}) // no service under test at that port: as it may be
  outgoing.end(body)
}

createServer((incoming, answer) => {
  const parts = []
  incoming.on('data', (part) => parts.push(part))
  incoming.on('end', () => {
    const body = Buffer.concat(parts)
    answer.writeHead(200).end()
    for (const target of targets) pass(target, body)
  })
}).listen(Number(port), '127.0.0.1')
