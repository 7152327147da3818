// Asks a milter about a message that is no mail, step by step, and tells what it said to each: what 'hms milter test' shows.
import { isIP } from 'node:net'
import type { Clock } from '../../base/clock.ts'
import type { Milter, MilterStep, MilterTrial, MilterTrialStep } from '../../contract/milters.ts'
import { readHeader } from '../../message/header.ts'
import type { MessageChanges } from '../../smtp/milter/changes.ts'
import type { Step, Verdict } from '../../smtp/milter/conversation.ts'
import type { Macros } from '../../smtp/milter/macros.ts'
import { parseMilterPlace } from '../../smtp/milter/place.ts'
import { ACTION, ACTIONS, CHUNK } from '../../smtp/milter/protocol.ts'
import { type Reply } from '../../smtp/reply.ts'
import { type MilterFailure, MilterLink } from './link.ts'
import { refusalOf } from './replies.ts'
import { OWN_NAMES, stepLimit } from './steps.ts'

export interface TrialMail {
  readonly sender: string
  readonly recipient: string
  /** Of the client. */
  readonly address: string
  /** With CRLF. */
  readonly message: Buffer
}

const BOUNDS = { header: 256 * 1024, recipients: 1000, body: 50 * 1024 * 1024 }
const LONGEST_SHOWN = 500

export async function tryMilter(
  milter: Milter,
  mail: TrialMail,
  { clock, host, version }: { readonly clock: Clock; readonly host: string; readonly version: string },
): Promise<MilterTrial> {
  const place = parseMilterPlace(milter.address)
  if (place === null) throw new Error('an address that was set is one')
  const link = await MilterLink.open(place, { clock, bounds: BOUNDS, limit: milter.timeouts.connect })
  if ('failed' in link) return { outcome: 'failed', words: `The milter ${link.why}.`, actions: [], steps: [], changes: [] }
  const steps: MilterTrialStep[] = []
  let last: Verdict | MilterFailure | null = null
  for (const [step, macros] of stepsOf(mail, { host, version })) {
    const own = OWN_NAMES[step.step]
    const began = clock.mono()
    last = own !== undefined && milter.skip.includes(own) ? null : await link.ask(step, macros, stepLimit(milter.timeouts, step.step))
    note(steps, own ?? 'end', last, clock.mono() - began)
    if (last !== null && ('failed' in last || last.verdict !== 'continue')) break
  }
  const { agreement } = link
  link.close()
  const actions = ACTIONS.filter((action) => ((agreement?.actions ?? 0) & ACTION[action]) !== 0)
  return { ...outcomeOf(last), ...(agreement && { version: agreement.version }), actions, steps, changes: changesOf(last) }
}

/** The fields of a header are one step to a reader, and so are the pieces of a body. */
function note(steps: MilterTrialStep[], step: MilterStep | 'end', said: Verdict | MilterFailure | null, took: number): void {
  const answer = said === null ? '-' : 'failed' in said ? said.why : wordsOf(said)
  const before = steps.at(-1)
  if (before?.step === step && before.answer === answer) steps[steps.length - 1] = { step, answer, took: before.took + took }
  else steps.push({ step, answer, took })
}

function wordsOf(said: Verdict): string {
  return said.verdict === 'reply' ? textOf(said.reply) : said.verdict
}

function textOf({ code, enhanced, lines }: Reply): string {
  return `${code} ${enhanced === null ? '' : `${enhanced} `}${lines.join(' ')}`
}

function* stepsOf(
  mail: TrialMail,
  { host, version }: { readonly host: string; readonly version: string },
): Iterable<readonly [Step, Macros]> {
  const { sender, recipient, address, message } = mail
  const i = 'TRIAL'
  const name = `[${address}]`
  yield [
    { step: 'connect', name, address, port: 25_025, family: isIP(address) === 6 ? 6 : 4 },
    {
      j: host,
      v: `Hurricane MTA Server ${version}`,
      _: `${address} ${name}`,
      daemon_name: host,
      client_addr: address,
      client_name: 'unknown',
      client_ptr: 'unknown',
    },
  ]
  yield [{ step: 'helo', name: 'trial.invalid' }, {}]
  yield [
    { step: 'mail', address: sender, parameters: [] },
    { mail_mailer: 'esmtp', mail_addr: sender, mail_host: sender.split('@').at(-1) },
  ]
  yield [
    { step: 'recipient', address: recipient, parameters: [] },
    { rcpt_mailer: 'esmtp', rcpt_addr: recipient, rcpt_host: recipient.split('@').at(-1) },
  ]
  yield [{ step: 'data' }, { i }]
  const header = readHeader(message)
  for (const { start, value, end } of header.fields)
    yield [
      { step: 'header', name: header.text.slice(start, value - 1).trimEnd(), value: header.text.slice(value, end).replace(/\r\n$/, '') },
      {},
    ]
  yield [{ step: 'headerEnd' }, { i }]
  for (let at = header.body; at < message.length; at += CHUNK) yield [{ step: 'body', octets: message.subarray(at, at + CHUNK) }, {}]
  yield [{ step: 'end' }, { i }]
}

function outcomeOf(said: Verdict | MilterFailure | null): Pick<MilterTrial, 'outcome' | 'words'> {
  if (said === null) return { outcome: 'accepted', words: 'It has nothing against the message.' }
  if ('failed' in said) return { outcome: 'failed', words: `The milter ${said.why}.` }
  if (said.verdict === 'discard') return { outcome: 'discarded', words: 'The message would be taken and dropped.' }
  const reply = refusalOf(said)
  if (reply !== null) return { outcome: reply.code < 500 ? 'deferred' : 'rejected', words: textOf(reply) }
  const quarantine = 'changes' in said ? said.changes.quarantine : undefined
  if (quarantine !== undefined) return { outcome: 'quarantined', words: quarantine }
  return { outcome: 'accepted', words: 'It has nothing against the message.' }
}

function changesOf(said: Verdict | MilterFailure | null): readonly string[] {
  if (said === null || !('changes' in said)) return []
  const { header, recipients, sender, body }: MessageChanges = said.changes
  const lines = [
    ...header.map((change) => {
      const value = 'value' in change ? `:${change.value}` : ''
      const where = 'index' in change ? ` ${change.index}` : ''
      return `${change.change}${where} ${change.name}${value.replaceAll('\r\n', ' ')}`
    }),
    ...recipients.map(({ change, recipient }) => `${change} recipient ${recipient.address}`),
    ...(sender === undefined ? [] : [`sender <${sender.mailbox?.address ?? ''}>`]),
    ...(body === undefined ? [] : [`another body of ${body.reduce((sum, { length }) => sum + length, 0)} octets`]),
  ]
  return lines.map((line) => (line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN)}…` : line))
}
