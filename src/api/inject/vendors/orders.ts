// What a vendor's call asks for, done: its messages are handed in, and what became of each is told.
import { INJECTION_ERRORS, type InjectedMessage, type InjectionResult, type Problem } from '../../../contract/injection.ts'
import { failedResult } from '../answers.ts'
import type { MessageIntake, Outcome } from '../intake.ts'
import type { Call, Caller } from '../route.ts'
import { emailOf } from './mailboxes.ts'
import { type Merge, Room, type Vendor, type VendorAnswer, type VendorOrder } from './vendor.ts'

export interface Around {
  readonly call: Call
  readonly caller: Caller
  readonly refuse: Vendor['refuse']
  readonly intake: MessageIntake
}

/** What was asked for, done; what the client may try again as it is refuses all of the call. */
export async function fulfilled(order: VendorOrder, around: Around): Promise<VendorAnswer> {
  const { refuse } = around
  const outcomes = await handedIn(order, around)
  if ('problem' in outcomes) return refuse(outcomes.problem)
  const problems = outcomes.flatMap((outcome) => ('problem' in outcome ? [outcome.problem] : []))
  const [first] = problems
  const isNone = first !== undefined && problems.length === outcomes.length
  if (isNone && INJECTION_ERRORS[first.code].status >= 429) return refuse(first)
  const rest = isNone || !order.isWhole ? '' : ` ${outcomes.length - problems.length} of ${outcomes.length} messages were queued.`
  return order.tell(
    outcomes.map((outcome): InjectionResult => {
      if (!('problem' in outcome)) return outcome
      return failedResult({ ...outcome.problem, message: outcome.problem.message + rest })
    }),
  )
}

async function handedIn(
  { what, key, isWhole }: VendorOrder,
  { intake, caller, call }: Around,
): Promise<readonly Outcome[] | { readonly problem: Problem }> {
  if ('messages' in what) return intake.takeAll(what.messages, caller, call, { key, isWhole })
  if (!isStoredOnce(what.merge)) return intake.takeAll(messagesOf(what.merge), caller, call, { key, isWhole })
  const merged = await intake.merge(what.merge, caller, call, key)
  return 'problem' in merged ? merged : merged.results.map((result) => ('error' in result ? { problem: result.error } : result))
}

/** Octets of texts and files above which each recipient has a message of his own. */
const MOST_OF_MERGE = 2 * 1024 * 1024

/** Recipients of one stored message are several, each another one, and of ASCII. */
function isStoredOnce({ message, recipients }: Merge): boolean {
  const { text = '', html = '', attachments = [] } = message
  if (text.length + html.length + attachments.reduce((sum, { content }) => sum + content.length, 0) > MOST_OF_MERGE) return false
  const addresses = new Set(recipients.map(({ to }) => emailOf(to).toLowerCase()))
  return addresses.size > 1 && addresses.size === recipients.length && !/[^ -~]/.test([...addresses].join(' '))
}

function messagesOf({ message, recipients, data }: Merge): readonly InjectedMessage[] {
  const room = new Room()
  return recipients.map((one) => room.with(Object.assign({}, message, { to: [one.to], data: { ...data, ...one.data } })))
}
