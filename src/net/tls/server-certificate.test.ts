import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { jsonLog } from '../../base/log.ts'
import { makeSelfSigned } from './self-signed.ts'
import { loadServerCertificate } from './server-certificate.ts'

test('a changed pair is taken up, a bad one never takes the place of a good one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hms-cert-'))
  try {
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const put = ({ cert, key }: { cert: string; key: string }): void => {
      // As a tool for certificates does it: beside, then renamed.
      writeFileSync(`${certFile}.new`, cert)
      renameSync(`${certFile}.new`, certFile)
      writeFileSync(keyFile, key)
    }
    const clock = new FakeClock()
    const lines: string[] = []
    const log = jsonLog('test', 'debug', (line) => lines.push(line))
    const options = { certFile, keyFile, minVersion: 'TLSv1.2', clock, log } as const
    assert.throws(() => loadServerCertificate(options), { code: 'bad-certificate', blame: 'owner' })
    put(makeSelfSigned(['one.test'], Date.now()))
    using certificate = loadServerCertificate({ ...options, ticketKeys: Buffer.alloc(48, 7) })
    const first = certificate.context
    clock.pass(60_000)
    assert.equal(certificate.context, first)
    const next = makeSelfSigned(['two.test'], Date.now())
    writeFileSync(certFile, next.cert)
    clock.pass(6000)
    assert.equal(certificate.context, first, 'the key does not belong to it yet')
    rmSync(keyFile)
    symlinkSync(keyFile, keyFile)
    clock.pass(6000)
    assert.equal(certificate.context, first, 'a link to itself cannot even be looked at')
    rmSync(keyFile)
    clock.pass(6000)
    assert.equal(certificate.context, first)
    put(next)
    clock.pass(6000)
    assert.notEqual(certificate.context, first)
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { level: string }).level),
      ['error', 'error', 'error', 'info'],
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})
