// What a vendor's call asks for, done: its messages are handed in, and what became of each is told.
import { INJECTION_ERRORS, type InjectedMessage, type InjectionResult } from '../../../contract/injection.ts'
import { failedResult } from '../answers.ts'
import type { MessageIntake } from '../intake.ts'
import type { Call, Caller } from '../route.ts'
import type { Vendor, VendorAnswer, VendorOrder } from './vendor.ts'

export interface Around {
  readonly call: Call
  readonly caller: Caller
  readonly refuse: Vendor['refuse']
  readonly intake: MessageIntake
}

/** What was asked for, done; what the client may try again as it is refuses all of the call. */
export async function fulfilled(order: VendorOrder, { call, caller, refuse, intake }: Around): Promise<VendorAnswer> {
  const messages = messagesOf(order)
  if (messages.some(({ template, data }) => template !== undefined || data !== undefined))
    return refuse({ code: 'not-supported', message: 'Templates and their data are not taken yet.', field: 'template' })
  const outcomes = await intake.takeAll(messages, caller, call, { key: order.key, isWhole: order.isWhole })
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

/** A merge as messages of their own. */
function messagesOf({ what }: VendorOrder): readonly InjectedMessage[] {
  if ('messages' in what) return what.messages
  const { message, recipients, data } = what.merge
  return recipients.map((one) => Object.assign({}, message, { to: [one.to], data: { ...data, ...one.data } }))
}
