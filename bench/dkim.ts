// What signing costs the event loop: our signer and the two well-known libraries, over the same message and keys. Prints, for each, the
// CPU of the main thread a message, messages a second, and the longest time that the event loop was held up.
// `node bench/dkim.ts`; takes some 10 s. The figures are in docs/decisions/0005-dkim-signer.md.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { dkimSign } from 'mailauth/lib/dkim/sign.js'
import { createTransport } from 'nodemailer'
import type { Domain, MessageId } from '../src/base/brand.ts'
import type { DkimKey } from '../src/contract/settings.ts'
import { bodyHash } from '../src/message/dkim/canonical.ts'
import { generateDkimKey } from '../src/message/dkim/keys.ts'
import { SigningThreads } from '../src/services/signing/signing-threads.ts'
import { prepareMessage } from '../src/message/prepare.ts'

const BODY =
  `${'<p style="color: red">Some text of a newsletter, with <a href="https://x.example/">a link</a></p>\r\n  \r\n'.repeat(40)}`.slice(
    0,
    3500,
  )
const HEADER = [
  'Received: from a ([192.0.2.1])\r\n\tby mx.example with ESMTPSA id x;\r\n\tSun, 22 Nov 2026 07:12:00 +0000',
  'From: A <a@x.example>',
  'To: b@y.example',
  'Subject: hello',
  'Date: Sun, 22 Nov 2026 07:12:00 +0000',
  'Message-ID: <1@x.example>',
  'MIME-Version: 1.0',
  'Content-Type: text/html; charset=utf-8',
  'Content-Transfer-Encoding: 7bit',
  'List-Unsubscribe: <https://x.example/u>',
  'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
  'List-Id: <l.x.example>',
].join('\r\n')
const message = Buffer.from(`${HEADER}\r\n\r\n${BODY}\r\n`)
const AT_ONCE = 32

function micro(name: string, fn: () => unknown): void {
  for (let i = 0; i < 20_000; i++) fn()
  const began = process.threadCpuUsage()
  for (let i = 0; i < 20_000; i++) fn()
  const { user, system } = process.threadCpuUsage(began)
  console.log(`${name.padEnd(34)} ${((user + system) / 20_000).toFixed(1)} µs`)
}

async function load(name: string, messages: number, sign: () => Promise<unknown>): Promise<void> {
  const run = async (count: number): Promise<void> => {
    let left = count
    const lane = async (): Promise<void> => {
      while (left-- > 0) await sign()
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
  }
  await run(messages / 4)
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const cpu = process.threadCpuUsage()
  const began = performance.now()
  await run(messages)
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.threadCpuUsage(cpu)
  delay.disable()
  const figures = [(user + system) / messages, messages / seconds, delay.max / 1e6].map((figure) => figure.toFixed(figure < 10 ? 1 : 0))
  console.log(`${name.padEnd(34)} ${figures[0]} µs of the event loop, ${figures[1]} a second, held up for ${figures[2]} ms`)
}

const key = async (algorithm: DkimKey['algorithm']): Promise<DkimKey> => ({
  ...(await generateDkimKey(algorithm)),
  domain: 'x.example' as Domain,
  selector: algorithm.slice(0, 3),
  account: null,
  role: 'author',
  seenAt: 1,
})
const [rsa, ed] = [await key('rsa-sha256'), await key('ed25519-sha256')]
const reception = {
  id: '0000000000000001' as MessageId,
  at: Date.now(),
  host: 'mx.example',
  protocol: 'ESMTPSA',
  client: { helo: 'c.example', address: '192.0.2.1' },
  tls: null,
  recipient: 'b@y.example',
}
const body = Buffer.from(BODY)
micro(`prepare ${message.length} octets`, () => prepareMessage(message, reception))
micro(`body hash ${body.length} octets`, () => bodyHash(body))

const threads = new SigningThreads(2)
const inMemory = { kind: 'bytes', bytes: message } as const
await load('ours, RSA-2048', 4000, () => threads.sign(inMemory, [rsa], Date.now()))
await load('ours, RSA-2048 and Ed25519', 4000, () => threads.sign(inMemory, [rsa, ed], Date.now()))
const options = {
  signingDomain: 'x.example',
  selector: 'rsa',
  privateKey: rsa.privateKey,
  algorithm: 'rsa-sha256',
  canonicalization: 'relaxed/relaxed',
}
await load('mailauth, RSA-2048', 2000, () => dkimSign(message, { signatureData: [options] } as never))
const transport = createTransport({
  streamTransport: true,
  buffer: true,
  dkim: { domainName: 'x.example', keySelector: 'rsa', privateKey: rsa.privateKey },
})
await load('nodemailer, RSA-2048', 2000, () => transport.sendMail({ raw: message, envelope: { from: 'a@x.example', to: ['b@y.example'] } }))
