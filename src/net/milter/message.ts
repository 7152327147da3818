// Tells a milter a message, field by field and piece by piece, until it decides or the message is at its end; and what it wants changed then,
// in the words of filters.
import type { FilteredMessage, MessageAnswer, MessageChanges as FilterChanges } from '../../engine/ports/filters.ts'
import type { MessageChanges } from '../../smtp/milter/changes.ts'
import type { Step, Verdict } from '../../smtp/milter/conversation.ts'
import type { Macros } from '../../smtp/milter/macros.ts'
import { CHUNK, type StepName } from '../../smtp/milter/protocol.ts'
import type { MilterFailure } from './link.ts'
import { ShownHeader, type Stored } from './shown.ts'

type Said = Verdict | MilterFailure | null

export interface Teller {
  /** Of the milter. */
  readonly name: string
  ask(step: Step, macros: Macros): Promise<Said>
  wants(step: StepName): boolean
}

export interface Told {
  /** Null: it never said anything. */
  readonly said: Said
  /** What it wants done with the message that it let pass. */
  readonly changes: () => Exclude<MessageAnswer, null>
}

export async function told(message: FilteredMessage, stored: Stored, teller: Teller): Promise<Told> {
  const shown = new ShownHeader(message.header, stored)
  const said = (await untilDecided(message, shown, teller)) ?? (await teller.ask({ step: 'end' }, { i: message.id }))
  const wanted = said !== null && 'changes' in said ? said.changes : null
  return { said, changes: () => answerOf(wanted, shown, teller.name) }
}

/** Null: it goes on to the end. */
async function untilDecided(message: FilteredMessage, shown: ShownHeader, teller: Teller): Promise<Said> {
  if (teller.wants('header')) {
    for (const { name, value } of shown.fields) {
      const said = await teller.ask({ step: 'header', name, value }, {})
      if (isDecided(said)) return said
      if (!teller.wants('header')) break
    }
  }
  const said = await teller.ask({ step: 'headerEnd' }, { i: message.id })
  if (isDecided(said) || !teller.wants('body')) return isDecided(said) ? said : null
  for await (const piece of message.body()) {
    for (let at = 0; at < piece.length; at += CHUNK) {
      const heard = await teller.ask({ step: 'body', octets: piece.subarray(at, at + CHUNK) }, {})
      if (isDecided(heard)) return heard
      if (!teller.wants('body')) return null
    }
  }
  return null
}

function isDecided(said: Said): boolean {
  return said !== null && ('failed' in said || said.verdict !== 'continue')
}

function answerOf(wanted: MessageChanges | null, shown: ShownHeader, by: string): Exclude<MessageAnswer, null> {
  const changes = wanted === null ? {} : changesOf(wanted, shown)
  if (wanted?.quarantine === undefined) return { kind: 'accept', changes }
  return { kind: 'hold', reason: wanted.quarantine === '' ? 'quarantined by a milter' : wanted.quarantine, by, changes }
}

function changesOf({ header, recipients, sender, body }: MessageChanges, shown: ShownHeader): FilterChanges {
  const named = (change: 'add' | 'delete'): readonly string[] =>
    recipients.filter((one) => one.change === change).map(({ recipient }) => recipient.address)
  const [added, removed] = [named('add'), named('delete')]
  return {
    // What it was shown that is not there yet counts where it may have signed it.
    ...(header.length > 0 && { header: [...shown.first, ...shown.changes(header)] }),
    ...(body !== undefined && { body: Buffer.concat(body) }),
    ...(sender !== undefined && { sender: sender.mailbox?.address ?? '' }),
    ...(added.length > 0 && { addRecipients: added }),
    ...(removed.length > 0 && { removeRecipients: removed }),
  }
}
