import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { test } from 'node:test'
import packet from 'dns-packet'
import { encodeQuery, readReply } from './answer.ts'

const REPLY = packet.encode({
  type: 'response',
  id: 7,
  flags: 0,
  questions: [{ name: 'example.test', type: 'MX' }],
  answers: [
    { type: 'CNAME', name: 'example.test', ttl: 60, data: 'other.test' },
    { type: 'MX', name: 'other.test', ttl: 30, data: { preference: 10, exchange: 'MX.other.test' } },
    { type: 'MX', name: 'stranger.test', ttl: 30, data: { preference: 1, exchange: 'mx.stranger.test' } },
  ],
  authorities: [{ type: 'SOA', name: 'test', ttl: 60, data: { mname: 'ns.test', rname: 'root.test', minimum: 60 } }],
})

test('only records of the name that was asked for count', () => {
  assert.deepEqual(readReply(REPLY, 7, 'example.test', 'MX'), {
    kind: 'records',
    records: [{ preference: 10, exchange: 'mx.other.test' }],
    ttl: 30_000,
  })
  assert.equal(readReply(REPLY, 8, 'example.test', 'MX').kind, 'foreign')
  assert.equal(readReply(REPLY, 7, 'example.test', 'A').kind, 'foreign')
  assert.equal(readReply(REPLY, 7, 'other.test', 'MX').kind, 'foreign')
  assert.equal(readReply(encodeQuery(7, 'example.test', 'MX', true), 7, 'example.test', 'MX').kind, 'foreign')
})

test('a referral is no answer, an empty reply with its SOA is one', () => {
  const reply = { type: 'response' as const, id: 7, flags: 0, questions: [{ name: 'example.test', type: 'MX' as const }] }
  const ns = { type: 'NS', name: 'test', ttl: 60, data: 'ns.test' } as const
  const soa = { type: 'SOA', name: 'test', ttl: 60, data: { mname: 'ns.test', rname: 'root.test', minimum: 60 } } as const
  const kindOf = (...authorities: (typeof ns | typeof soa)[]): string =>
    readReply(packet.encode({ ...reply, authorities }), 7, 'example.test', 'MX').kind
  assert.deepEqual([kindOf(ns), kindOf(soa), kindOf(ns, soa), kindOf()], ['trouble', 'nodata', 'nodata', 'nodata'])
})

test('whatever a server sends is read without an error', () => {
  for (let i = 0; i < 5000; i++) {
    const mutated = Buffer.from(REPLY)
    for (let n = randomInt(1, 8); n > 0; n--) mutated[randomInt(2, mutated.length)] = randomInt(256)
    readReply(mutated.subarray(0, randomInt(mutated.length + 1)), 7, 'example.test', 'MX')
    const noise = Buffer.concat([REPLY.subarray(0, 12), randomBytes(randomInt(600))])
    readReply(noise, 7, 'example.test', 'MX')
  }
})

test('a reply of 64 KiB made to be slow takes no longer than its size', () => {
  // One name of 250 octets, then thousands of records that each point to it.
  const label = `${'a'.repeat(49)}.`.repeat(5).slice(0, -1)
  const head = packet.encode({ type: 'response', id: 7, flags: 0, questions: [{ name: label, type: 'A' }] })
  const record = Buffer.from([0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 2, 0xc0, 12])
  const many = Math.floor((65_535 - head.length) / record.length)
  const whole = Buffer.concat([head, ...Array.from({ length: many }, () => record)])
  whole.writeUInt16BE(many, 6)
  assert.equal(readReply(whole, 7, label, 'A').kind, 'trouble')
})
