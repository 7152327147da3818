// Milters: set up, listed with how they do at the workers, and tried with a message that is no mail.
import { isIP } from 'node:net'
import { systemClock } from '../../../base/clock.ts'
import {
  type Milter,
  MILTER_FAILURES,
  MILTER_SAMPLES,
  MILTER_STEPS,
  MILTER_TIMEOUTS,
  MILTER_WAYS,
  type MilterSeen,
  type MilterView,
} from '../../../contract/milters.ts'
import { tryMilter } from '../../../net/milter/trial.ts'
import { togetherSeen } from '../../../policy/milters/seen.ts'
import { sampleMessage } from '../../../net/milter/samples.ts'
import { parseMailbox } from '../../../smtp/address.ts'
import { milterPlaceText, parseMilterPlace } from '../../../smtp/milter/place.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { existingAccount } from '../existing-account.ts'
import { Params, refused } from '../params.ts'

const NAME = /^[A-Za-z0-9_-]{1,40}$/
const TIMES = { least: 100, most: 600_000 }
const MOST_PORTS = 100
const MOST_ACCOUNTS = 1000
const MOST_MESSAGE = 1_000_000

export function milterOperations(context: OperationContext): OperationsOf<'milter'> {
  const { settings, workers, by } = context
  return {
    'milter.list': async (values) => {
      new Params(values).done()
      const { answers } = await workers.some('milters.list', {})
      const seen = togetherSeen(answers.flat())
      return inOrder(settings.read().milters).map((milter) => viewOf(milter, seen))
    },
    'milter.set': async (values) => {
      const params = new Params(values)
      const name = nameFrom(params)
      const before = settings.read().milters.find((one) => one.name === name)
      const milter = milterFrom(params, name, before)
      params.done()
      for (const account of milter.accounts) existingAccount(settings.read(), account)
      settings.putMilter(milter, by)
      return milter
    },
    'milter.remove': async (values) => {
      const params = new Params(values)
      const name = nameFrom(params)
      params.done()
      return { removed: settings.removeMilter(name, by) }
    },
    'milter.test': async (values) => {
      const params = new Params(values)
      const milter = existingMilter(settings.read().milters, nameFrom(params))
      const sender = addressFrom(params, 'sender')
      const recipient = addressFrom(params, 'recipient')
      const address = params.optional('address', () => params.text('address', 45)) ?? '192.0.2.1'
      if (isIP(address) === 0) throw refused(`${JSON.stringify(address)} is no address of a client.`)
      const sample = params.optional('sample', () => params.choice('sample', MILTER_SAMPLES))
      const text = params.optional('message', () => params.lines('message', MOST_MESSAGE))
      params.done()
      if (sample !== undefined && text !== undefined) throw refused('Give a sample or a message, not both.')
      const message = text === undefined ? sampleMessage(sample ?? 'plain', { sender, recipient, now: context.now() }) : crlf(text)
      const host = context.delivery.config['host.name'] === '' ? 'localhost' : context.delivery.config['host.name']
      return tryMilter(milter, { sender, recipient, address, message }, { clock: systemClock, host, version: context.live().version })
    },
  }
}

function nameFrom(params: Params): string {
  const name = params.text('name', 40)
  if (!NAME.test(name)) throw refused('The name of a milter has letters, digits, - and _, at most 40.')
  return name
}

function addressFrom(params: Params, name: 'sender' | 'recipient'): string {
  const text = params.optional(name, () => params.text(name, 320)) ?? `${name}@example.com`
  const mailbox = parseMailbox(text, true)
  if (typeof mailbox === 'string') throw refused(`${JSON.stringify(text.slice(0, 100))} is no address: ${mailbox}.`)
  return mailbox.address
}

function crlf(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\r\n|\r|\n/g, '\r\n'))
}

export function existingMilter(milters: readonly Milter[], name: string): Milter {
  const found = milters.find((one) => one.name === name)
  if (found === undefined) throw refused(`There is no milter ${name}.`, "'hms milter ls' lists them.", 'not-found')
  return found
}

function inOrder(milters: readonly Milter[]): readonly Milter[] {
  return milters.toSorted((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1))
}

function viewOf(milter: Milter, seen: ReadonlyMap<string, MilterSeen>): MilterView {
  const { name: _name, ...rest } = seen.get(milter.name) ?? { name: '' }
  return 'counts' in rest ? { ...milter, seen: rest } : milter
}

function milterFrom(params: Params, name: string, before: Milter | undefined): Milter {
  const address = params.optional('address', () => placeFrom(params)) ?? before?.address
  if (address === undefined)
    throw refused('A new milter needs an address.', 'For example inet:127.0.0.1:11332 or unix:/run/opendkim/opendkim.sock.')
  const timeouts = before?.timeouts ?? MILTER_TIMEOUTS
  const time = (of: 'connect' | 'command' | 'content' | 'end'): number =>
    params.optional(`${of}Timeout`, () => params.count(`${of}Timeout`, TIMES)) ?? timeouts[of]
  const ways = params.optional('ways', () => choices(params, 'ways', MILTER_WAYS)) ?? before?.ways ?? ['submission', 'inbound']
  if (ways.length === 0) throw refused('ways is empty: the milter would see nothing.', 'Switch it off instead.')
  return {
    name,
    address,
    order: params.optional('order', () => params.count('order', { least: 0, most: 1000 })) ?? before?.order ?? 100,
    enabled: params.optional('enabled', () => params.flag('enabled')) ?? before?.enabled ?? true,
    ways,
    ports: params.optional('ports', () => params.list('ports', MOST_PORTS).map(portOf)) ?? before?.ports ?? [],
    accounts: params.optional('accounts', () => params.accounts('accounts', MOST_ACCOUNTS)) ?? before?.accounts ?? [],
    onFailure: params.optional('onFailure', () => params.choice('onFailure', MILTER_FAILURES)) ?? before?.onFailure ?? 'tempfail',
    skip: params.optional('skip', () => choices(params, 'skip', MILTER_STEPS)) ?? before?.skip ?? [],
    timeouts: { connect: time('connect'), command: time('command'), content: time('content'), end: time('end') },
    connections:
      params.optional('connections', () => params.count('connections', { least: 1, most: 10_000 })) ?? before?.connections ?? 100,
  }
}

function placeFrom(params: Params): string {
  const text = params.text('address', 300)
  const place = parseMilterPlace(text)
  if (place === null)
    throw refused(
      `${JSON.stringify(text)} is no address of a milter.`,
      'Write inet:host:port, inet:port@host, or unix:/path of its socket.',
    )
  return milterPlaceText(place)
}

function choices<const C extends string>(params: Params, name: string, known: readonly C[]): readonly C[] {
  const given = new Set(params.list(name, known.length * 2))
  for (const one of given) if (!known.some((choice) => choice === one)) throw refused(`${name} must be of ${known.join(', ')}.`)
  return known.filter((choice) => given.has(choice))
}

function portOf(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536) return value
  throw refused('ports must be whole numbers from 1 to 65535.')
}
