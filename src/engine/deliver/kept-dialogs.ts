// Which dialogs are kept: of attempts that did not deliver, those that broke off and went on elsewhere among them, and of all where that is
// asked for. Of a transaction that went well nothing is asked.
import type { EpochMs } from '../../base/brand.ts'
import { type AttemptDialog, MOST_DIALOG_RECIPIENTS } from '../../contract/dialogs.ts'
import type { OutboundConnection, OutboundDialog } from '../ports/outbound.ts'
import type { QueuedRecipient } from '../ports/spool.ts'
import type { Job } from '../schedule/in-hand.ts'
import type { Surroundings } from '../surroundings.ts'
import type { Judgement } from './outcome.ts'

type Room = { readonly around: Pick<Surroundings, 'dialogs'> }

/** Of a transaction that was judged at a moment, before the next one begins. */
export function keepDialog(
  { around: { dialogs } }: Room,
  job: Job,
  { connection, judged: { decisions, again }, at }: { connection: OutboundConnection; judged: Judgement; at: EpochMs },
): void {
  if (dialogs === undefined) return
  const isBad = again.length > 0 || decisions.some(({ event }) => event.kind !== 'delivered')
  const dialog = isBad || dialogs.all ? connection.dialog() : null
  if (dialog === null) return
  const rows = decisions.flatMap(({ row, event }) => (dialogs.all || event.kind !== 'delivered' ? [row] : []))
  if (again.length > 0) dialogs.keep(keptOf(job, again, { dialog, at, again: true }))
  if (rows.length > 0) dialogs.keep(keptOf(job, rows, { dialog, at, again: false }))
}

/** Of connections that could not be opened, for which a job failed or waits. */
export function keepOpenings({ around }: Room, job: Job, at: EpochMs, tried: readonly OutboundDialog[] = []): void {
  for (const dialog of tried) around.dialogs?.keep(keptOf(job, job.rows, { dialog, at, again: false }))
}

function keptOf(
  { message: { head } }: Job,
  rows: readonly QueuedRecipient[],
  { dialog, at, again }: { readonly dialog: OutboundDialog; readonly at: EpochMs; readonly again: boolean },
): AttemptDialog {
  const recipients = rows.slice(0, MOST_DIALOG_RECIPIENTS).map(({ address }) => address)
  const more = rows.length - recipients.length
  return { at, account: head.account, message: head.id, recipients, more, again, ...dialog }
}
