// The desk counts replies that no rule knows, out of the events that it takes, and writes them down where they changed. What is counted
// between two writings is lost in a crash: it is a help for people, not an account.
import { rename, writeFile } from 'node:fs/promises'
import type { Ms } from '../../base/brand.ts'
import { every, systemClock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { PeerReply } from '../../contract/events.ts'
import { readUnknowns, unknownsFile } from '../../lifecycle/unknowns-file.ts'
import type { LinedEvent } from '../../message/event-line.ts'
import { meaningOf } from '../../policy/classify/classify.ts'
import { mayBeUnknown, UnknownReplies } from '../../policy/classify/unknowns.ts'
import type { FeedbackConsumer, FeedbackSink } from '../desk/outbox-pump.ts'

const WRITE_EVERY: Ms = 15_000
/** Of a batch; what is frequent comes again. */
const MOST_JUDGED = 500

export class UnknownCounter implements FeedbackConsumer, AsyncDisposable {
  readonly #replies: UnknownReplies
  readonly #file: string
  readonly #log: Log
  readonly #timer: Disposable
  #writing: Promise<void> = Promise.resolve()

  constructor(home: string, log: Log) {
    this.#replies = new UnknownReplies(readUnknowns(home))
    this.#file = unknownsFile(home)
    this.#log = log
    this.#timer = every(systemClock, WRITE_EVERY, () => void this.write())
  }

  begin(): Promise<FeedbackSink> {
    const found: { line: string; at: number; domain: string }[] = []
    let judged = 0
    return Promise.resolve({
      add: (one: LinedEvent) => {
        const said = judged < MOST_JUDGED ? saidIn(one) : null
        if (said === null) return
        judged++
        if (meaningOf({ reply: said.line }).rule === null) found.push(said)
      },
      commit: () => {
        for (const { line, at, domain } of found.splice(0)) this.#replies.add(line, at, domain)
        return Promise.resolve()
      },
    })
  }

  write(): Promise<void> {
    if (!this.#replies.isChanged) return this.#writing
    this.#replies.isChanged = false
    const text = JSON.stringify(this.#replies.list())
    this.#writing = this.#writing.then(() => this.#put(text))
    return this.#writing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer[Symbol.dispose]()
    await this.write()
  }

  async #put(text: string): Promise<void> {
    try {
      await writeFile(`${this.#file}.new`, text, { mode: 0o600 })
      await rename(`${this.#file}.new`, this.#file)
    } catch (error) {
      this.#log.warn('the list of unknown replies cannot be written; it is tried again', { file: this.#file, error: messageOf(error) })
      this.#replies.isChanged = true
    }
  }
}

/** What a peer said in an event whose code says little. */
function saidIn({ event }: LinedEvent): { line: string; at: number; domain: string } | null {
  const { at } = event
  if (event.kind === 'bounced')
    return event.category === 'Unknown' && event.response !== '' ? { line: event.response, at, domain: event.domain } : null
  if (event.kind !== 'failed' && event.kind !== 'expired' && event.kind !== 'deferred') return null
  if (event.reply === null || !mayBeUnknown(event.failureCode)) return null
  return { line: lineOf(event.reply), at, domain: event.domain }
}

function lineOf({ code, enhanced, text }: PeerReply): string {
  return [code, enhanced, text].filter((part) => part !== null).join(' ')
}
