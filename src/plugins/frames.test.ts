// Frames between the server and a plug-in's process, however the stream is cut.
import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { FrameReader, FrameWriter, takeOctets, writeFrame } from './frames.ts'

/** Three frames, the first with octets, as they are written. */
function written(): Buffer {
  const chunks: Buffer[] = []
  const channel = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk)
      done()
    },
  })
  const writer = new FrameWriter()
  const [first, second] = [writer.put(Buffer.from('octets')), writer.put(Buffer.alloc(0))]
  writer.add(['grüße', first])
  writer.addJson(`["none",${second}]`)
  writeFrame(channel, writer.take())
  for (const n of [1, 2]) {
    writer.add([n])
    writeFrame(channel, writer.take())
  }
  return Buffer.concat(chunks)
}

test('frames are the same wherever they are cut, though the memory that they came in is used again', () => {
  const whole = written()
  for (let size = 1; size <= whole.length; size++) {
    const reader = new FrameReader()
    const seen: unknown[] = []
    // As one buffer has all reads of a socket.
    const memory = Buffer.alloc(size)
    for (let at = 0; at < whole.length; at += size) {
      const octets = whole.copy(memory, 0, at, at + size)
      for (const frame of reader.push(memory.subarray(0, octets))) seen.push([frame.messages, frame.octets.map(String)])
      memory.fill(0x7f)
    }
    assert.deepEqual(
      seen,
      [
        [
          [
            ['grüße', 0],
            ['none', 1],
          ],
          ['octets', ''],
        ],
        [[[1]], []],
        [[[2]], []],
      ],
      `cut at each ${size} octets`,
    )
  }
})

test('octets of a frame are taken once, in memory of their own', () => {
  const whole = written()
  const [frame] = new FrameReader().push(whole)
  assert.ok(frame !== undefined)
  const taken = takeOctets(frame, 0)
  whole.fill(0)
  assert.equal(String(taken), 'octets')
  for (const at of [0, 2, -1, '1', null, undefined]) assert.equal(takeOctets(frame, at), null)
  assert.equal(takeOctets(frame, 1)?.length, 0)
})
