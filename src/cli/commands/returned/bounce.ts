// `hms bounce explain`: how a message that came back is read and what the server would do about it. Needs no server and no home; where
// there is a home, its list files count.
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import type { Command } from 'commander'
import { Fault, messageOf } from '../../../base/fault.ts'
import { type JudgedRecipient, judgeReport } from '../../../engine/report/judge.ts'
import { ownTextsOf } from '../../../lifecycle/own-texts.ts'
import { MOST_ARCHIVE_OCTETS } from '../../../message/report/bounds.ts'
import { readReport } from '../../../message/report/report.ts'
import type { AggregateReport, Report } from '../../../message/report/types.ts'
import type { OwnTexts } from '../../../policy/classify/classify.ts'
import { badArgument, type Cli } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'

/** Between two looks at a pipe that is empty, in milliseconds. */
const PAUSE = 5

export function register(command: Command, cli: Cli): void {
  command.addHelpText('after', '\nExamples:\n  hms bounce explain returned.eml')
  command
    .command('explain <files...>')
    .description('how messages that came back are read: kind, recipients, what was said, which rule decided, what the server would do')
    .addHelpText(
      'after',
      '\n- is standard input. With --json each file gives one line, in order.\n\nExamples:\n  hms bounce explain returned.eml\n  hms bounce explain Maildir/new/* --json\n\nExit code 1 where a file cannot be read; the others are told all the same.',
    )
    .action((files: string[]) => {
      if (files.filter((file) => file === '-').length > 1) throw badArgument('Standard input (-) is named twice; it can be read once.')
      const room = Buffer.allocUnsafe(MOST_ARCHIVE_OCTETS + 1)
      const own = existsSync(cli.home) ? ownTextsOf(cli.home) : null
      for (const file of files) explain(file, room, own, cli)
    })
}

function explain(file: string, room: Buffer, own: OwnTexts | null, cli: Cli): void {
  let octets: Buffer
  try {
    octets = startOf(file, room)
  } catch (error) {
    process.exitCode = 1
    const fault = new Fault('unreadable-message', `${file === '-' ? 'Standard input' : file} cannot be read: ${messageOf(error)}.`, {
      blame: 'caller',
    })
    if (cli.json) cli.terminal.write(`${JSON.stringify({ file, error: fault.message })}\n`)
    else cli.terminal.warn(`hms: ${visible(fault.message)}\n`)
    return
  }
  const report = readReport(octets)
  const recipients = judgeReport(report, own)
  if (cli.json) cli.terminal.write(`${JSON.stringify(answerOf(file, report, recipients))}\n`)
  else cli.terminal.write(page(file, report, recipients, cli.terminal.width))
}

/** No more of a file than is looked at. */
function startOf(file: string, octets: Buffer): Buffer {
  const descriptor = file === '-' ? 0 : openSync(file, 'r')
  try {
    if (fstatSync(descriptor).isDirectory()) throw new Error('it is a folder.')
    let length = 0
    while (length < octets.length) {
      const read = readSome(descriptor, octets.subarray(length, length + (1 << 20)))
      if (read === 0) break
      length += read
    }
    return octets.subarray(0, length)
  } finally {
    if (file !== '-') closeSync(descriptor)
  }
}

/** A pipe that another program made may answer that nothing is there yet. */
function readSome(descriptor: number, room: Buffer): number {
  for (;;) {
    try {
      return readSync(descriptor, room, 0, room.length, null)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE)
    }
  }
}

function answerOf(file: string, report: Report, recipients: readonly JudgedRecipient[]): object {
  const { kind, format, token, original, feedback, aggregate } = report
  return {
    file,
    kind,
    recipients,
    format,
    token,
    original: original === null ? null : { messageId: original.messageId, from: original.from, to: original.to, subject: original.subject },
    ...(feedback !== null && { feedback }),
    ...(aggregate !== null && { aggregate }),
  }
}

const KINDS: Readonly<Record<Report['kind'], string>> = {
  bounce: 'a notification about delivery',
  feedback: 'a complaint or another report about mail of yours',
  autoreply: 'an automatic reply or a receipt',
  challenge: 'a challenge: its program wants the sender to prove himself',
  subscribe: 'a request to subscribe',
  unsubscribe: 'a request to unsubscribe',
  addressChange: 'news of a changed address',
  report: "a receiver's sums about mail in your name",
  unknown: 'no report: a letter, or something that is not known',
}

const ADVICE: Readonly<Record<JudgedRecipient['action'], string>> = {
  suppress: 'send no more to it',
  retry: 'try again later',
  slow: 'send less of it',
  look: 'a person has to look at it',
  none: 'nothing is to be done',
}

function page(file: string, report: Report, recipients: readonly JudgedRecipient[], width: number): string {
  const { kind, format, parts, token, original, feedback, aggregate, isCut } = report
  const head = fields([
    ['file', file],
    ['kind', `${kind}: ${KINDS[kind]} (read as ${format})`],
    ['original', original === null ? 'not in it' : [original.subject ?? 'no subject', original.messageId ?? 'no Message-ID'].join(', ')],
    [
      'token',
      token === null
        ? 'none: nothing proves that it is about mail of yours, so it changes nothing by itself'
        : `${token}, which the server proves before it acts`,
    ],
    ...(isCut ? ([['size', 'larger than what is read: its start decided']] satisfies [string, string][]) : []),
    ...(feedback === null ? [] : feedbackLines(feedback)),
    ...(aggregate === null ? [] : aggregateLines(aggregate)),
  ])
  const told = recipients.map((recipient) => recipientLines(recipient)).join('\n')
  const list = table(
    parts,
    [
      { title: 'PART', of: (part) => (part.path === '' ? 'message' : part.path) },
      { title: 'TYPE', of: (part) => part.type },
      { title: 'READ AS', of: (part) => part.use || '-' },
    ],
    width,
    'No parts.',
  )
  return `${head}${told === '' ? '' : `\n${told}`}\n${list}\n`
}

function recipientLines(recipient: JudgedRecipient): string {
  const { address, type, category, code, status, blame, action, reply, rule } = recipient
  return fields([
    ['recipient', address === null ? 'not named' : address],
    ['means', category === null ? 'a complaint' : `${type} / ${category}, code ${code}`],
    ['rule', rule === null ? 'none matched' : rule],
    ['status', status ?? 'none'],
    ['blame', blame ?? 'nobody'],
    ['to do', ADVICE[action]],
    ['said', reply === '' ? 'nothing' : reply.slice(0, 500)],
  ])
}

function feedbackLines(feedback: NonNullable<Report['feedback']>): [string, string][] {
  return [
    ['feedback', `${feedback.type} (${feedback.format}${feedback.reporter === null ? '' : `, ${feedback.reporter}`})`],
    ['source', feedback.sourceIp ?? 'not named'],
  ]
}

function aggregateLines(sums: AggregateReport): [string, string][] {
  if (sums.kind === 'tls-rpt') {
    const failed = sums.policies.reduce((sum, policy) => sum + policy.failed, 0)
    const succeeded = sums.policies.reduce((sum, policy) => sum + policy.succeeded, 0)
    return [['sums', `TLS sessions of ${sums.organization}, ${sums.begin} to ${sums.end}: ${succeeded} succeeded, ${failed} failed`]]
  }
  const { organization, domain, messages, aligned, dispositions } = sums
  return [
    [
      'sums',
      `DMARC of ${organization} for ${domain}: ${messages} messages, ${aligned} aligned, ${dispositions.quarantine} quarantined, ${dispositions.reject} rejected`,
    ],
  ]
}
