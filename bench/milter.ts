// A milter that lets everything pass, as cheaply as it can: a process of its own, so that what it costs is not the server's. Arguments: its port,
// and the bits of the protocol that it asks for.
import { createServer, type Socket } from 'node:net'
import { answerOf, pkt } from '../testkit/milter-packets.ts'

const [port, protocol] = process.argv.slice(2).map(Number)
const GO_ON = pkt('c')
const SILENT = new Set(['D', 'A', 'Q', 'K'].map((letter) => letter.charCodeAt(0)))
/** Letters of steps, and the bit by which it does not answer them. */
const QUIET = new Map(
  Object.entries({ C: 0x1000, H: 0x2000, M: 0x4000, R: 0x8000, T: 0x10000, L: 0x80, N: 0x40000, B: 0x80000 })
    .filter(([, bit]) => ((protocol ?? 0) & bit) !== 0)
    .map(([letter]) => [letter.charCodeAt(0), true]),
)
const OPTIONS = 'O'.charCodeAt(0)

function serve(socket: Socket): void {
  let kept = Buffer.alloc(0)
  socket.setNoDelay(true)
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    const octets = kept.length === 0 ? chunk : Buffer.concat([kept, chunk])
    let at = 0
    while (octets.length - at >= 5 && octets.length - at >= 4 + octets.readUInt32BE(at)) {
      const letter = octets[at + 4] ?? 0
      at += 4 + octets.readUInt32BE(at)
      if (letter === OPTIONS) socket.write(answerOf({ protocol: protocol ?? 0 }))
      else if (!SILENT.has(letter) && !QUIET.has(letter)) socket.write(GO_ON)
    }
    kept = Buffer.from(octets.subarray(at))
  })
}

createServer(serve).listen(port, '127.0.0.1', () => process.send?.('ready'))
process.on('disconnect', () => process.exit())
