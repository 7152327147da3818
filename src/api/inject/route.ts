// What a path of the injection listener is made of, for our own calls and for those that look like another service's: who calls is decided
// before the body is read, and errors are told in the form that the caller's client understands.
import type { AccountId } from '../../base/brand.ts'
import type { Problem } from '../../contract/injection.ts'
import type { WebRequest } from '../../net/web/web-listener.ts'

/** A call before its body is read. */
export type CallHead = Omit<WebRequest, 'body' | 'isSecure'>

/** Who calls: a credential and its account. */
export interface Caller {
  readonly user: string
  readonly account: AccountId
}

export interface Call extends CallHead {
  readonly body: Buffer
  /** Null where the route says that it is in the body. */
  readonly caller: Caller | null
}

/** JSON unless `headers` name another type. */
export interface InjectAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

export interface InjectRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  /** Octets of its body; `inject.request_size` unless said. */
  readonly most?: number
  /** Who calls, or why he may not. `in the body`: `answer` finds out. `anybody`: it needs nobody. */
  readonly authenticate: ((head: CallHead) => Caller | Problem) | 'in the body' | 'anybody'
  readonly answer: (call: Call) => Promise<InjectAnswer>
  /** Refusals that are made before `answer`, or instead of it. */
  readonly refuse: (problem: Problem) => InjectAnswer
}
