import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseProxyHeader, type ProxyHeader } from './proxy-header.ts'

const V2 = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')

function v2(command: number, family: number, payload: string): Buffer {
  const octets = Buffer.from(payload, 'hex')
  return Buffer.concat([V2, Buffer.from([command, family, octets.length >> 8, octets.length & 255]), octets])
}

function proxied(length: number, source: string, sourcePort: number, destination: string, destinationPort: number): ProxyHeader {
  return {
    kind: 'proxied',
    length,
    source: { address: source, port: sourcePort },
    destination: { address: destination, port: destinationPort },
  }
}

const WHOLE: readonly (readonly [header: Buffer, read: ProxyHeader])[] = [
  [Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\n'), proxied(44, '192.0.2.1', 56_324, '198.51.100.1', 25)],
  [Buffer.from('PROXY TCP6 2001:DB8:0::1 ::1 1 65535\r\n'), proxied(38, '2001:db8::1', 1, '::1', 65_535)],
  [Buffer.from('PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n'), proxied(37, '192.0.2.1', 1, '::1', 2)],
  [Buffer.from('PROXY UNKNOWN\r\n'), { kind: 'local', length: 15 }],
  [Buffer.from('PROXY UNKNOWN ffff:: ffff:: 1 2\r\n'), { kind: 'local', length: 33 }],
  [v2(0x21, 0x11, 'c0000201c63364011f900019'), proxied(28, '192.0.2.1', 8080, '198.51.100.1', 25)],
  [v2(0x21, 0x11, 'c0000201c63364011f900019030004aabbccdd'), proxied(35, '192.0.2.1', 8080, '198.51.100.1', 25)],
  [v2(0x21, 0x21, `20010db8${'0'.repeat(22)}01${'0'.repeat(31)}100010019`), proxied(52, '2001:db8::1', 1, '::1', 25)],
  [v2(0x21, 0x21, `${'0'.repeat(20)}ffffc0000201${'0'.repeat(31)}100010019`), proxied(52, '192.0.2.1', 1, '::1', 25)],
  [v2(0x20, 0x00, ''), { kind: 'local', length: 16 }],
  [v2(0x21, 0x00, 'ffff'), { kind: 'local', length: 18 }],
]

test('headers of both versions, however they are cut, and what follows them is left alone', () => {
  for (const [header, read] of WHOLE) {
    for (let cut = 0; cut < header.length; cut++) assert.deepEqual(parseProxyHeader(header.subarray(0, cut)), { kind: 'more' }, `${cut}`)
    assert.deepEqual(parseProxyHeader(header), read)
    assert.deepEqual(parseProxyHeader(Buffer.concat([header, Buffer.from('EHLO x\r\n')])), read)
  }
})

test('what is no header, or not a bounded one, is refused at once', () => {
  const bad: readonly Buffer[] = [
    Buffer.from('EHLO x\r\n'),
    Buffer.from('PROXX'),
    Buffer.from('\x16\x03\x01'),
    Buffer.from(`PROXY UNKNOWN ${'x'.repeat(93)}`),
    Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 56324\r\n'),
    Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 56324 25 x\r\n'),
    Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 65536 25\r\n'),
    Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 +1 25\r\n'),
    Buffer.from('PROXY TCP4 192.0.2.256 198.51.100.1 1 25\r\n'),
    Buffer.from('PROXY TCP4 ::1 ::1 1 25\r\n'),
    Buffer.from('PROXY TCP6 fe80::1%lo ::1 1 25\r\n'),
    Buffer.from('PROXY UDP4 192.0.2.1 198.51.100.1 1 25\r\n'),
    v2(0x11, 0x11, 'c0000201c63364011f900019'),
    v2(0x22, 0x11, 'c0000201c63364011f900019'),
    v2(0x21, 0x11, 'c0000201c63364011f9000'),
    v2(0x21, 0x21, 'c0000201c63364011f900019'),
    v2(0x21, 0x11, '00'.repeat(521)),
  ]
  for (const octets of bad) assert.equal(parseProxyHeader(octets).kind, 'bad', octets.toString('latin1'))
})
