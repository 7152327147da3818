// `POST /v1/messages`: one message, answered with its id after the commit. `POST /v1/messages/batch`: many, with a result for each.
import { checked, type InjectionResult, SEVERAL } from '../../contract/injection.ts'
import { failedResult, refusal } from './answers.ts'
import { messageIn } from './bodies.ts'
import type { MessageIntake } from './intake.ts'
import { type JsonBody, jsonOf } from './json-body.ts'
import type { KeyCheck } from './keys.ts'
import type { Call, Caller, InjectAnswer, InjectRoute } from './route.ts'

export interface Around {
  readonly keys: KeyCheck
  readonly intake: MessageIntake
}

export function messageRoutes({ keys, intake }: Around): readonly InjectRoute[] {
  const authenticate: InjectRoute['authenticate'] = (head) => keys.bearer(head)
  type Answer = (value: unknown, caller: Caller, call: Call) => Promise<InjectAnswer>
  const withBody = (read: (call: Call) => JsonBody | Promise<JsonBody>, answer: Answer) => async (call: Call) => {
    const json = await read(call)
    if ('problem' in json) return refusal(json.problem)
    if (call.caller === null) throw new Error('the route authenticates')
    return answer(json.value, call.caller, call)
  }
  const one = withBody(messageIn, async (value, caller, call) => {
    const outcomes = await intake.takeAll([value], caller, call, { key: keyOf(call) })
    if ('problem' in outcomes) return refusal(outcomes.problem)
    const [outcome] = outcomes
    if (outcome === undefined) throw new Error('one message has one outcome')
    return 'problem' in outcome ? refusal(outcome.problem) : { status: 202, body: outcome }
  })
  const batch = withBody(jsonOf, (value, caller, call) =>
    typeof value === 'object' && value !== null && 'message' in value
      ? merged(intake, value, caller, call)
      : several(intake, value, caller, call),
  )
  return [
    { method: 'POST', path: '/v1/messages', authenticate, answer: one, refuse: refusal },
    { method: 'POST', path: '/v1/messages/batch', authenticate, answer: batch, refuse: refusal },
  ]
}

/** Two headers of the name are one with a comma, as node has them. */
function keyOf({ headers }: Call): string | null {
  const key = headers['idempotency-key']
  return key === undefined ? null : String(key)
}

/** Messages of one call share a commit. */
async function several(intake: MessageIntake, value: unknown, caller: Caller, call: Call): Promise<InjectAnswer> {
  const read = checked(SEVERAL, value)
  if ('problem' in read) return refusal(read.problem)
  const outcomes = await intake.takeAll(read.value.messages, caller, call, { within: (n) => `messages[${n}]`, key: keyOf(call) })
  if ('problem' in outcomes) return refusal(outcomes.problem)
  const results = outcomes.map((outcome): InjectionResult => ('problem' in outcome ? failedResult(outcome.problem) : outcome))
  return { status: 200, body: { results } }
}

/** One message for many, each with data of his own. */
async function merged(intake: MessageIntake, value: unknown, caller: Caller, call: Call): Promise<InjectAnswer> {
  const outcome = await intake.merge(value, caller, call, keyOf(call))
  return 'problem' in outcome ? refusal(outcome.problem) : { status: 200, body: outcome }
}
