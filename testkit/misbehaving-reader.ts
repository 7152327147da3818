// A thread in the place of the one that reads mail, which does what a line of the message says: `hang` for good, `die`, or answer with its
// sender as text.
import { parentPort } from 'node:worker_threads'
import type { FromReader, ToReader } from '../src/services/reading/protocol.ts'

const say = (said: FromReader): void => parentPort?.postMessage(said)
const proof = {
  spf: { result: 'none', sender: '' },
  dkim: [],
  dmarc: { result: 'none', domain: '' },
  arc: 'none',
  from: null,
} as const
const nothing = { token: null, tokens: [], original: null, feedback: null, aggregate: null, parts: [], isCut: false }

parentPort?.on('message', (asked: ToReader) => {
  if (asked === 'ping') return say('pong')
  if ('lists' in asked) return
  const { id, mail } = asked
  const text = mail.body.kind === 'bytes' ? Buffer.from(mail.body.bytes).toString() : ''
  if (/^hang\r?$/m.test(text)) for (;;);
  if (/^die\r?$/m.test(text)) process.exit(1)
  const report = { kind: 'unknown', format: 'none', recipients: [], text: mail.sender, ...nothing } as const
  setTimeout(() => say({ id, reading: { report, judged: [], proof, client: null } }), 20)
})
