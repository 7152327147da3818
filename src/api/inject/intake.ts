// Messages handed in by a caller of whichever route, and what became of each.
import { checked, type InjectedMessage, type InjectionResult, MESSAGE, type Problem } from '../../contract/injection.ts'
import { Fault } from '../../base/fault.ts'
import type { Injected, InjectionClient, Injector } from '../../engine/accept/injector.ts'
import type { Caller, CallHead } from './route.ts'
import { Refused, submissionOf } from './submit.ts'

export type Outcome = Extract<InjectionResult, { id: string }> | { readonly problem: Problem }

export class MessageIntake {
  readonly #injector: Pick<Injector, 'inject'>

  constructor(injector: Pick<Injector, 'inject'>) {
    this.#injector = injector
  }

  /** A message as it came: checked, composed, committed. */
  async take(value: unknown, caller: Caller, head: CallHead, within = ''): Promise<Outcome> {
    const read = checked(MESSAGE, value, within)
    return 'problem' in read ? read : this.send(read.value, caller, head)
  }

  /** A message of the contract's form, such as one that was made of another service's call. */
  async send(message: InjectedMessage, caller: Caller, head: CallHead): Promise<Outcome> {
    try {
      if (message.template !== undefined) throw new Refused('Templates are not built yet.', 'template', 'not-supported')
      const injected: Injected = await this.#injector.inject(submissionOf(message, clientOf(caller, head)))
      if ('problem' in injected) return injected
      const { messageId } = message
      return { id: injected.id, ...(messageId !== undefined && { messageId }), status: 'queued' }
    } catch (error) {
      if (error instanceof Refused) return { problem: error.problem }
      if (error instanceof Fault && error.blame === 'caller') return { problem: { code: 'invalid-field', message: error.message } }
      throw error
    }
  }
}

export function clientOf({ user }: Caller, { client, tls }: CallHead): InjectionClient {
  return { address: client, tls, user, protocol: tls === null ? 'HTTP' : 'HTTPS' }
}
