// What frames on the bus say: a hello from each side, then calls with an id and their answers, in any order.
import { BUS_PROTOCOL } from '../../contract/bus.ts'
import { type Blame, Fault, messageOf } from '../../base/fault.ts'

/** A Fault as it travels. */
interface FaultFields {
  readonly code: string
  readonly message: string
  readonly blame: Blame
  readonly temporary: boolean
  readonly mend?: string | undefined
}

export interface Hello {
  /** `who`: on whose behalf it calls, where that is a person. */
  readonly hello: { readonly protocol: number; readonly version: string; readonly who?: string }
}
/** The last frame on a connection that is not served. */
export interface Refused {
  readonly refused: FaultFields
}
export interface Call {
  readonly id: number
  readonly call: string
  readonly params: unknown
}
export type Answer = { readonly id: number; readonly result: unknown } | { readonly id: number; readonly fault: FaultFields }

export type ParamsOf<Calls, Name extends keyof Calls> = Calls[Name] extends { params: infer Params } ? Params : never
export type ResultOf<Calls, Name extends keyof Calls> = Calls[Name] extends { result: infer Result } ? Result : never

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function helloOf(version: string, who?: string): Hello {
  return { hello: { protocol: BUS_PROTOCOL, version, ...(who !== undefined && { who }) } }
}

const LONGEST_WHO = 200

/** As the peer said it, in one line; null where it did not. Only the owner of the home gets as far as saying it. */
export function whoOf(value: unknown): string | null {
  const hello = isRecord(value) && isRecord(value['hello']) ? value['hello'] : {}
  const who = hello['who']
  if (typeof who !== 'string' || who === '') return null
  return who.slice(0, LONGEST_WHO).replaceAll(/\p{Cc}/gu, ' ')
}

/** Null where the peer's hello fits ours; otherwise why not, in a sentence. */
export function judgeHello(value: unknown, ourVersion: string): Fault | null {
  const hello = isRecord(value) && isRecord(value['hello']) ? value['hello'] : null
  if (hello === null) return new Fault('bus-protocol', 'The peer on the bus did not say hello.', { blame: 'peer' })
  if (hello['protocol'] === BUS_PROTOCOL) return null
  const theirs = typeof hello['version'] === 'string' ? hello['version'].slice(0, 50) : 'of unknown version'
  return new Fault(
    'bus-protocol',
    `The program at the other end of the bus is ${theirs} and speaks protocol ${Number(hello['protocol'])}; this is ${ourVersion} with protocol ${BUS_PROTOCOL}.`,
    { blame: 'owner', mend: 'Use the hms program of the release that is running, or restart the server.' },
  )
}

export function isRefused(value: unknown): value is Refused {
  return isRecord(value) && isRecord(value['refused'])
}

export function isCall(value: unknown): value is Call {
  return isRecord(value) && typeof value['id'] === 'number' && typeof value['call'] === 'string'
}

export function isAnswer(value: unknown): value is Answer {
  return isRecord(value) && typeof value['id'] === 'number' && ('result' in value || isRecord(value['fault']))
}

/** Anything thrown, as it travels. What is no Fault is a bug: its text goes along, as the bus never leaves the machine. */
export function faultFields(error: unknown): FaultFields {
  if (!(error instanceof Fault)) {
    const message = `The server met an error of its own: ${messageOf(error)}`
    return { code: 'internal', message, blame: 'owner', temporary: false, mend: 'Its log has the details; please report it.' }
  }
  const { code, message, blame, temporary, mend } = error
  return { code, message, blame, temporary, mend }
}

export function faultOf({ code, message, blame, temporary, mend }: FaultFields): Fault {
  return new Fault(code, message, { blame, temporary, ...(mend === undefined ? {} : { mend }) })
}
