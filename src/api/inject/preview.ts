// `POST /v1/templates/preview`: what a template, stored or in the call, becomes of data; nothing is sent.
import { checked, PREVIEW } from '../../contract/injection.ts'
import { refusal } from './answers.ts'
import { filledMessage, problemOf, type TemplateShelf } from './filled.ts'
import { jsonOf } from './json-body.ts'
import type { KeyCheck } from './keys.ts'
import type { Call, InjectAnswer, InjectRoute } from './route.ts'
import { Refused } from './refused.ts'

interface Around {
  readonly keys: KeyCheck
  readonly shelf: TemplateShelf
}

export function previewRoute({ keys, shelf }: Around): InjectRoute {
  return {
    method: 'POST',
    path: '/v1/templates/preview',
    authenticate: (head) => keys.bearer(head),
    answer: (call) => preview(shelf, call),
    refuse: refusal,
  }
}

async function preview(shelf: TemplateShelf, call: Call): Promise<InjectAnswer> {
  const json = jsonOf(call)
  const read = 'problem' in json ? json : checked(PREVIEW, json.value)
  if ('problem' in read) return refusal(read.problem)
  if (call.caller === null) throw new Error('the route authenticates')
  try {
    const { subject, text, html } = filledMessage(shelf.complete({ data: {}, ...read.value }, call.caller.account))
    return { status: 200, body: { subject, text, html } }
  } catch (error) {
    const problem = error instanceof Refused ? error.problem : problemOf(error)
    if (problem === null) throw error
    return refusal(problem)
  }
}
