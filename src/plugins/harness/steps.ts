// A script for a trial: its steps read from what an owner wrote (YAML or JSON, parsed by whoever has the file), and taken one after the other.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type {
  Trial,
  TrialClient,
  TrialDone,
  TrialEffect,
  TrialHook,
  TrialMail,
  TrialMessage,
  TrialReply,
  TrialSession,
  TrialStep,
} from '../../contract/plugin-trial.ts'
import { DELIVERY_HOOKS, LINE_HOOKS, NOTICE_HOOKS, SESSION_HOOKS } from '../../contract/plugins.ts'

const KINDS = ['connect', 'hello', 'auth', 'from', 'recipient', 'message', 'event', 'reset', 'close'] as const
type Kind = (typeof KINDS)[number]
type Fields = Readonly<Record<string, unknown>>

const BESIDE: Readonly<Record<Kind, readonly string[]>> = {
  connect: [],
  hello: [],
  auth: ['account'],
  from: ['size'],
  recipient: [],
  message: [],
  event: ['with'],
  reset: [],
  close: [],
}
const OUTBOUND: readonly TrialHook[] = [...DELIVERY_HOOKS, ...NOTICE_HOOKS, ...LINE_HOOKS]
const CLIENT = new Set(['address', 'port', 'helo', 'tls', 'user', 'protocol', 'account'])
const MESSAGE = 'From: sender@example.com\nTo: recipient@example.net\nSubject: A trial\n\nThis message is a trial, and goes nowhere.\n'

/** A session with one message, and one transaction that is given up, where the plug-in wants to know of such; then all else that it wants to know of. */
export function usualSteps(hooks: readonly string[]): readonly TrialStep[] {
  const events = OUTBOUND.filter((hook) => hooks.includes(hook)).map((event) => ({ event }))
  if (!SESSION_HOOKS.some((hook) => hooks.includes(hook))) return events
  return [
    { connect: '192.0.2.1' },
    { hello: 'client.example' },
    ...(hooks.includes('auth') ? [{ auth: 'someone' }] : []),
    ...(hooks.includes('reset') ? [{ from: 'sender@example.com' }, { reset: true } as const] : []),
    { from: 'sender@example.com' },
    { recipient: 'recipient@example.net' },
    { message: MESSAGE },
    { close: true },
    ...events,
  ]
}

/** `folder`: that files of messages are looked for in. Throws a sentence where it is no script. */
export function readSteps(value: unknown, folder: string): readonly TrialStep[] {
  if (!Array.isArray(value)) throw new Error('A script is a list of steps, such as "- from: sender@example.com".')
  return value.map((step: unknown, n) => stepOf(step, n + 1, folder))
}

function stepOf(value: unknown, n: number, folder: string): TrialStep {
  if (value === 'reset') return { reset: true }
  if (value === 'close') return { close: true }
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Fields
  const { expect } = fields
  const kind = KINDS.find((one) => one in fields)
  if (kind === undefined) throw new Error(`Step ${n} is none of ${KINDS.join(', ')}.`)
  const strange = Object.keys(fields).find((key) => key !== kind && key !== 'expect' && !BESIDE[kind].includes(key))
  if (strange !== undefined) throw new Error(`Step ${n} (${kind}) has "${strange}", which it does not know.`)
  const expected = expect === undefined ? {} : { expect: String(expect) }
  const beside = Object.fromEntries(
    BESIDE[kind].filter((key) => key !== 'with' && key in fields).map((key) => [key, wholeOf(fields[key], key, n)]),
  )
  switch (kind) {
    case 'connect':
      return { connect: clientOf(fields[kind], n), ...expected }
    case 'message':
      return { message: messageOf(fields[kind], n, folder), ...expected }
    case 'event':
      return { ...eventOf(fields, n), ...expected }
    case 'reset':
    case 'close':
      return { [kind]: true, ...expected } as TrialStep
    default:
      return { [kind]: String(fields[kind] ?? ''), ...beside, ...expected } as TrialStep
  }
}

function wholeOf(value: unknown, key: string, n: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new Error(`${key} of step ${n} is a whole number, such as 1001.`)
  return value
}

function clientOf(value: unknown, n: number): string | TrialClient {
  if (typeof value === 'string') return value
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Fields
  const strange = Object.keys(fields).find((key) => !CLIENT.has(key))
  if (strange !== undefined) throw new Error(`The client of step ${n} has "${strange}"; it may have ${[...CLIENT].join(', ')}.`)
  return fields as TrialClient
}

function messageOf(value: unknown, n: number, folder: string): string | Uint8Array {
  if (typeof value === 'string') return value
  const { file } = (typeof value === 'object' && value !== null ? value : {}) as Fields
  if (typeof file !== 'string') throw new Error(`The message of step ${n} is its text, or { file: mail.eml }.`)
  return readFileSync(resolve(folder, file))
}

function eventOf({ event, with: facts = {} }: Fields, n: number): { readonly event: TrialHook; readonly with: object } {
  const hook = OUTBOUND.find((one) => one === event)
  if (hook === undefined) throw new Error(`The event of step ${n} is none of ${OUTBOUND.join(', ')}.`)
  if (typeof facts !== 'object' || facts === null)
    throw new Error(`"with" of step ${n} has what is known of the event, such as { domain: example.net }.`)
  return { event: hook, with: facts }
}

type Outcome = Pick<TrialReply | TrialMessage | TrialEffect, 'outcome' | 'text' | 'calls'> & { readonly mail?: TrialMail | null }

export async function runSteps(trial: Pick<Trial, 'session' | 'event'>, steps: readonly TrialStep[]): Promise<readonly TrialDone[]> {
  const done: TrialDone[] = []
  let session: TrialSession | null = null
  for (const step of steps) {
    const name = nameOf(step)
    if ('connect' in step) {
      await session?.close()
      session = await trial.session(typeof step.connect === 'string' ? { address: step.connect } : step.connect)
      done.push(noted(name, step, session.greeting))
    } else if ('event' in step) done.push(noted(name, step, worded(await trial.event(step.event, step.with))))
    else if (session === null || session.isOver) done.push({ ...OVER, step: name, missed: step.expect ?? null })
    else done.push(noted(name, step, await take(session, step)))
  }
  await session?.close()
  return done
}

const OVER = { outcome: null, text: '', calls: [], mail: null } as const

function take(
  session: TrialSession,
  step: Exclude<TrialStep, { readonly connect: unknown } | { readonly event: unknown }>,
): Promise<Outcome> {
  if ('hello' in step) return session.hello(step.hello)
  if ('auth' in step) return session.auth(step.auth, step.account)
  if ('from' in step) return session.from(step.from, { size: step.size ?? null })
  if ('recipient' in step) return session.recipient(step.recipient)
  if ('message' in step) return session.message(step.message)
  return 'reset' in step ? session.reset() : session.close()
}

/** What it changed, where things go on with that. */
function worded({ outcome, text, rule, wait, calls }: TrialEffect): Outcome {
  const change = rule === null ? '' : `rule ${JSON.stringify(rule)}`
  const later = wait === null ? '' : ` (after ${wait} ms)`
  return { outcome, text: `${text}${later}${change}`, calls }
}

function noted(step: string, { expect }: TrialStep, { outcome, text, calls, mail = null }: Outcome): TrialDone {
  const isMet = expect === undefined || outcome === expect || (expect !== '' && text.startsWith(expect))
  return { step, outcome, text, calls, mail, missed: isMet ? null : (expect ?? null) }
}

function nameOf(step: TrialStep): string {
  if ('connect' in step) return `connect ${typeof step.connect === 'string' ? step.connect : (step.connect.address ?? '')}`.trim()
  if ('hello' in step) return `hello ${step.hello}`
  if ('auth' in step) return `auth ${step.auth}`
  if ('from' in step) return `from <${step.from}>`
  if ('recipient' in step) return `recipient <${step.recipient}>`
  if ('message' in step) return 'message'
  if ('event' in step) return `event ${step.event}`
  return 'reset' in step ? 'reset' : 'close'
}
