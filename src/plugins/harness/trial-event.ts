// Events of a trial beside sessions: a delivery that begins or is put off, what became of mail, lines of a dialog. Deliveries are asked about by
// the code that asks in the server; what the author leaves out of an event is that of a made one.
import type { AccountId, Domain, MessageId } from '../../base/brand.ts'
import { machineClock } from '../../base/clock.ts'
import type { DeferredEvent, MailEventKind, NumberedEvent } from '../../contract/events.ts'
import { type Config, OPTIONS } from '../../contract/options.ts'
import type { TrialEffect, TrialHook } from '../../contract/plugin-trial.ts'
import type { NoticeHook } from '../../contract/plugins.ts'
import { type Effective, type EffectiveLimit, type LimitName, RULE_SETTINGS } from '../../contract/rules.ts'
import type { ConnectionChange, DomainChange, Said } from '../../engine/ports/delivery-filters.ts'
import { isLimitName, merge } from '../../policy/rules/merge.ts'
import { sampleEvent } from '../../policy/webhooks/samples.ts'
import type { CallResult } from '../call-line.ts'
import { wants } from '../notices.ts'
import type { PluginDeliveries } from '../plugin-deliveries.ts'
import type { WatchedPlugin } from './watched-plugin.ts'

type Effect = Omit<TrialEffect, 'calls'>
type Facts = Readonly<Record<string, unknown>>

const GOES_ON: Effect = { outcome: 'ok', text: '', rule: null, wait: null }
const ACCOUNT = 1001 as AccountId
const POSTED = 'post@https://app.example.com/mail'

const KINDS: Readonly<Record<NoticeHook, MailEventKind>> = {
  sent: 'delivered',
  failed: 'failed',
  deferred: 'deferred',
  bounce: 'bounced',
  feedbackLoop: 'complained',
  open: 'opened',
  click: 'clicked',
  postFailed: 'failed',
  postDeferred: 'deferred',
}

interface Asked {
  readonly plugin: WatchedPlugin
  readonly deliveries: PluginDeliveries
  readonly given: Facts
}

export async function happen(hook: TrialHook, { plugin, deliveries, given }: Asked): Promise<Effect> {
  if (!plugin.spec.hooks.includes(hook)) return GOES_ON
  switch (hook) {
    case 'domainStart':
      return effectOf(await deliveries.domain({ ...FIRST, ...headOf(given), hosts: ['mx.example.net'], waiting: 1, ...ruled(given) }))
    case 'mxStart':
      return effectOf(await deliveries.connection({ ...FIRST, ...SERVER, ...headOf(given), ...ruled(given) }))
    case 'deferring': {
      const reason = await deliveries.deferral({ ...made('deferred', given), kind: 'deferred' } as DeferredEvent)
      return { ...GOES_ON, outcome: reason === null || reason === undefined ? 'deferred' : 'failed', text: reason ?? '' }
    }
    case 'protocol':
      return taken(await plugin.notify(hook, { lines: LINES, dropped: 0, ...given }))
    default: {
      const isPosted = hook === 'postFailed' || hook === 'postDeferred'
      const event = made(KINDS[hook], isPosted ? { recipient: POSTED, ...given } : given)
      return wants(plugin.spec, hook, event) ? taken(await plugin.notify(hook, event)) : GOES_ON
    }
  }
}

const FIRST = { domain: 'example.net' as Domain, site: 'mx.example.net' } as const
const SERVER = { host: 'mx.example.net', address: '192.0.2.25', port: 25, open: 0 } as const
const LINE = { connection: 1, at: 0, peer: SERVER.address } as const
const LINES = [
  { ...LINE, from: 'peer', text: '220 mx.example.net ESMTP' },
  { ...LINE, from: 'us', text: 'EHLO mail.example.com' },
] as const

/** What a message is known by stands in its head. */
function headOf(given: Facts): {
  readonly head: { readonly account: AccountId; readonly id: MessageId; readonly mailing: string | null }
} {
  const { account = ACCOUNT, message = '0000000000000000', mailing = null } = given
  return { ...given, head: { account: account as AccountId, id: message as MessageId, mailing: mailing as string | null } }
}

/** The rules of a server as it is shipped, with what the author wrote of them. */
function ruled({ rule }: Facts): { readonly effective: Effective } {
  const shipped = Object.fromEntries(Object.entries(OPTIONS).map(([name, option]) => [name, option.default])) as unknown as Config
  const effective = merge([], { config: shipped, provider: null })
  const limits: EffectiveLimit[] = []
  const values: Record<string, unknown> = {}
  for (const [name, value] of Object.entries((rule ?? {}) as Facts)) {
    if (!Object.hasOwn(RULE_SETTINGS, name)) throw new Error(`"${name}" is nothing that a rule can say.`)
    if (isLimitName(name as LimitName)) limits.push({ setting: name as LimitName, limit: Number(value), per: [], burst: null, from: null })
    else values[name] = value
  }
  return { effective: { ...effective, settings: { ...effective.settings, ...values }, shared: [...effective.shared, ...limits] } }
}

function made(kind: MailEventKind, given: Facts): NumberedEvent {
  return { ...sampleEvent(kind, { account: ACCOUNT, at: machineClock.now() }), ...given } as NumberedEvent
}

function effectOf(said: Said<DomainChange | ConnectionChange> | null): Effect {
  if (said === null) return GOES_ON
  if (said.kind === 'defer') return { outcome: 'deferred', text: said.reason, rule: null, wait: said.wait }
  if (said.kind === 'fail') return { ...GOES_ON, outcome: 'failed', text: said.reason }
  return { ...GOES_ON, rule: said.change === null ? null : flat(said.change) }
}

/** As the plug-in wrote it. */
function flat(change: DomainChange | ConnectionChange): Facts {
  if (!('rule' in change)) return change
  const { rule, pool } = change
  const values = Object.entries(rule).map(([name, value]) => [name, typeof value === 'object' ? value.limit : value])
  return { ...Object.fromEntries(values), ...(pool !== undefined && { pool }) }
}

function taken(result: CallResult): Effect {
  return !('failed' in result) ? GOES_ON : { ...GOES_ON, outcome: 'again', text: 'It is told again later.' }
}
