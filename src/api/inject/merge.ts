// One message for many, each with data of his own: looked at in turns, so that a call for ten thousand holds nobody else up, and stored
// once. Each recipient has a result of his own.
import { inTurns, type TurnOf } from '../../base/turns.ts'
import {
  checked,
  type InjectedMessage,
  INJECTION,
  type InjectionResult,
  MERGE_CALL,
  MERGE_RECIPIENT,
  type Problem,
} from '../../contract/injection.ts'
import type { Injected, InjectionClient, Submission } from '../../engine/accept/injector.ts'
import { CompiledMerge, requireReadableMerge } from '../../message/merge/compiled.ts'
import { type MergeDocument, writeRow } from '../../message/merge/document.ts'
import type { Data } from '../../message/merge/liquid.ts'
import type { Mailbox } from '../../smtp/server/handler.ts'
import { failedResult } from './answers.ts'
import { problemOf as fillingProblem } from './filled.ts'
import { FillingTime, TOO_SLOW } from './filling-time.ts'
import { Refused, unfit } from './refused.ts'
import { askedOf, decoded, headersOf, read, readRecipient, required, senderOf, wishesOf } from './submit.ts'

const NOT_ASCII = /[\u0080-\uffff]/
/** What is stored of a message, its files included: it is in memory while any of it is sent. */
const MOST_DOCUMENT = 4 * 1024 * 1024
const OTHERS = ['to', 'cc', 'bcc', 'raw'] as const

export type Merged = { readonly results: readonly InjectionResult[] } | { readonly problem: Problem }
type Draft = Omit<MergeDocument, 'front'>

interface Recipient {
  readonly mailbox: Mailbox
  readonly row: string
  readonly messageId: string | undefined
}

type Looked = Recipient | { readonly problem: Problem }

export interface MergeParts {
  /** What becomes of it is told by `tell`, and where there is a key, what was told under it before. */
  readonly inject: (submission: Submission, tell: (injected: readonly Injected[]) => Merged) => Promise<Merged>
  readonly client: InjectionClient
  /** The message with its stored template, if it names one. */
  readonly ready: (message: InjectedMessage) => InjectedMessage
  /** Left out: nobody else works so. */
  readonly turn?: TurnOf
}

/** Resolves after the commit. */
export async function merge({ inject, client, ready, turn }: MergeParts, value: unknown): Promise<Merged> {
  const call = checked(MERGE_CALL, value)
  if ('problem' in call) return call
  const message = ready(call.value.message)
  const document = documentOf(message, call.value.data ?? {})
  requireReadableMerge(document)
  const inTurn = async <T>(work: () => T): Promise<T> => (turn === undefined ? work() : turn.turns.run(turn.caller, work))
  const compiled = await inTurn(() => new CompiledMerge({ ...document, front: '' }))
  const looked = await recipientsOf(call.value.recipients, compiled, turn)
  const { octets, found } = await inTurn(() => sampleOf(looked, compiled))
  const good = found.filter((one): one is Recipient => 'row' in one)
  if (octets === null) return { results: found.map((one) => failedResult(problemOf(one))) }
  const submission: Submission = {
    client,
    sender: senderOf(message) ?? required(message).mailbox,
    recipients: good.map(({ mailbox }) => mailbox),
    octets,
    wishes: wishesOf(message),
    ...askedOf(message),
    merge: {
      document: { ...document, fields: document.fields?.filter(([name]) => !isWish(name)) ?? [] },
      rows: new Map(good.map(({ mailbox, row }) => [mailbox.address, row])),
    },
  }
  return inject(submission, ([taken]) => {
    if (taken === undefined) throw new Error('a message that was handed in has a result')
    if ('problem' in taken) return taken
    const { id, refused = [] } = taken
    const problems = new Map(refused.map(({ address, problem }) => [address, problem]))
    return { results: found.map((one) => resultOf(one, id, problems)) }
  })
}

/**
 * The message of one of them, and what became of those for whom it could not be made. One whose address is ASCII, where there is one: what
 * others need for theirs is seen when theirs leave.
 */
function sampleOf(
  looked: readonly Looked[],
  compiled: CompiledMerge,
): { readonly octets: Buffer | null; readonly found: readonly Looked[] } {
  const found = [...looked]
  const filling = new FillingTime()
  const inOrder = [...looked.entries()].filter((entry): entry is [number, Recipient] => 'row' in entry[1])
  const isPlain = ([, { mailbox }]: [number, Recipient]): boolean => !NOT_ASCII.test(mailbox.address)
  for (const [n, { mailbox, row }] of [...inOrder.filter(isPlain), ...inOrder.filter((one) => !isPlain(one))]) {
    try {
      const octets = filling.spend(() => compiled.render({ address: mailbox.address, merge: row }, '1'))
      if (octets !== undefined) return { octets, found }
      found[n] = TOO_SLOW
    } catch (error) {
      const problem = fillingProblem(error)
      if (problem?.code !== 'merge-failed') throw error
      found[n] = { problem: { ...problem, field: `recipients[${n}].data` } }
    }
  }
  return { octets: null, found }
}

function problemOf(one: Looked): Problem {
  if ('problem' in one) return one.problem
  throw new Error('there is none that could be handed in')
}

function resultOf(one: Looked, id: string, refused: ReadonlyMap<string, Problem>): InjectionResult {
  if ('problem' in one) return failedResult(one.problem)
  const { mailbox, messageId } = one
  const problem = refused.get(mailbox.address)
  if (problem !== undefined) return failedResult(problem)
  return messageId === undefined ? { id, status: 'queued' } : { id, messageId, status: 'queued' }
}

function documentOf(message: InjectedMessage, data: Data): Draft {
  for (const name of OTHERS)
    if (message[name] !== undefined) throw unfit(`message.${name} cannot be there beside recipients.`, `message.${name}`)
  const { subject, text, html, attachments = [], tracking, missing = 'error', replyTo = [] } = message
  const fields = headersOf(message)
  const own = fields.find(([name]) => name.toLowerCase() === 'message-id')
  if (own !== undefined) throw unfit('The message has a Message-ID: each recipient gets one of his own.', `message.headers.${own[0]}`)
  const all = { ...message.data, ...data }
  const octets = [text, html, JSON.stringify(all), ...attachments.map(({ content }) => content)].reduce(
    (sum, one) => sum + (one?.length ?? 0),
    0,
  )
  if (octets > MOST_DOCUMENT)
    throw unfit(`Texts, files and data of all have more than ${MOST_DOCUMENT} octets: link to large files.`, 'message', 'too-large')
  for (const [n, { content }] of attachments.entries()) decoded(content, `message.attachments[${n}].content`)
  return {
    from: required(message).shown,
    replyTo: replyTo.map((one, n) => read(one, `message.replyTo[${n}]`).shown),
    ...(subject !== undefined && { subject }),
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
    fields,
    attachments,
    data: all,
    missing,
    ...(tracking !== undefined && { tracking }),
  }
}

async function recipientsOf(given: readonly unknown[], compiled: CompiledMerge, turn?: TurnOf): Promise<readonly Looked[]> {
  const seen = new Set<string>()
  const filling = new FillingTime()
  return inTurns(given, (one, n) => filling.spend(() => recipientOf(one, `recipients[${n}]`, { compiled, seen })) ?? TOO_SLOW, turn)
}

function recipientOf(
  given: unknown,
  field: string,
  { compiled, seen }: { readonly compiled: CompiledMerge; readonly seen: Set<string> },
): Looked {
  const one = checked(MERGE_RECIPIENT, given, field)
  if ('problem' in one) return one
  const { to, data = {}, messageId } = one.value
  try {
    const { mailbox, shown } = readRecipient(to, `${field}.to`)
    const { address } = mailbox
    if (seen.has(address)) throw unfit(`${field} has the address of one before it.`, `${field}.to`)
    const json = JSON.stringify(data)
    if (json.length > INJECTION.mergeData)
      throw unfit(`${field}.data has more than ${INJECTION.mergeData} characters.`, `${field}.data`, 'too-large')
    const row = writeRow({ clientId: messageId ?? null, name: shown?.name ?? '', json })
    const trouble = compiled.troubleOf({ address, merge: row }, data)
    if (trouble !== null) throw unfit(trouble, `${field}.data`, 'merge-failed')
    seen.add(address)
    return { mailbox, row, messageId }
  } catch (error) {
    if (error instanceof Refused) return error
    throw error
  }
}

/** Read when it is handed in, and meant for nobody else. */
function isWish(name: string): boolean {
  return name.toLowerCase().startsWith('x-xs')
}
