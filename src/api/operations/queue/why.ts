// Why mail waits, and the sites that it goes to: what each worker knows, as one answer in time. A worker that does not answer is named, and
// events are looked through as far as that time goes.
import type { Domain, EpochMs, Ms } from '../../../base/brand.ts'
import type { NumberedEvent } from '../../../contract/events.ts'
import {
  bestSites,
  type HeldBack,
  MOST_REPLIES,
  type ProviderNow,
  type SiteNow,
  type SiteReply,
  TOP_ORDERS,
  type WaitingDomain,
  type WaitingMessage,
  type WaitingRecipient,
  type Why,
  type WhyLook,
  type WhyPart,
  type WhyQuestion,
} from '../../../contract/why.ts'
import { canonicalDomain } from '../../../message/addresses.ts'
import type { EventFilter } from '../../../engine/ports/stores.ts'
import { parseRecipientPath } from '../../../smtp/post-address.ts'
import type { OperationContext, OperationTable, SomeAnswers } from '../context.ts'
import { Params, refused } from '../params.ts'
import { queuedDomain } from './selection.ts'

const MOST_EVENTS = 1000
const MOST_SITES = 1000
const USUAL_SITES = 50
/** A search of events for a recipient names its messages: so many of them are looked at. */
const MOST_MESSAGES = 20
/** So long events are searched. */
const PATIENCE: Ms = 50
/** A message is accepted a moment before its event. */
const BEFORE: Ms = 60_000

type Table = Pick<OperationTable, 'queue.why' | 'sites.top' | 'sites.providers' | 'sites.replies'>

type Around = Pick<OperationContext, 'workers' | 'events' | 'looks'>

export function whyOperations(context: Around): Table {
  return {
    'queue.why': async (values) => {
      const params = new Params(values)
      const given = (['message', 'recipient', 'domain'] as const).filter((name) => params.has(name))
      if (given.length !== 1) throw refused('Give one of message, recipient and domain.')
      const message = params.optional('message', () => params.message('message'))
      const recipient = params.optional('recipient', () => params.text('recipient', 1024))
      const domain = params.optional('domain', () => queuedDomain(params))
      params.done()
      if (message !== undefined) return ofMessage(context, message)
      if (recipient !== undefined) return ofRecipient(context, recipient)
      return ofDomain(context, domain ?? ('' as Domain))
    },
    'sites.top': async (values) => {
      const params = new Params(values)
      const domain = params.optional('domain', () => queuedDomain(params))
      const account = params.optional('account', () => params.account('account'))
      const site = params.optional('site', () => params.text('site', 400))
      const provider = params.optional('provider', () => params.text('provider', 255))
      const by = params.optional('by', () => params.choice('by', TOP_ORDERS)) ?? 'queued'
      const limit = params.optional('limit', () => params.count('limit', { least: 1, most: MOST_SITES })) ?? USUAL_SITES
      params.done()
      const only = Object.fromEntries(Object.entries({ domain, account, site, provider }).filter(([, one]) => one !== undefined))
      const asked = { by, limit: MOST_SITES, ...only }
      const answers = await context.workers.all('sites.top', asked)
      const bySite = Map.groupBy(
        answers.flatMap(({ sites }) => sites),
        ({ site }) => site,
      )
      const sum = (of: 'queued' | 'unknown'): number => answers.reduce((total, each) => total + each.total[of], 0)
      // Of several workers with more sites than were asked for, nobody knows which they share.
      const sites = Math.max(bySite.size, ...answers.map(({ total }) => total.sites))
      const merged = [...bySite.values()].map(mergedSite)
      return { sites: bestSites(merged, by).slice(0, limit), total: { sites, queued: sum('queued'), unknown: sum('unknown') } }
    },
    'sites.providers': async (values) => {
      new Params(values).done()
      const rows = (await context.workers.all('sites.providers', {})).flat()
      const providers = [...Map.groupBy(rows, ({ provider }) => provider).values()].map(mergedProvider)
      return providers.toSorted((a, b) => b.queued - a.queued || b.messages - a.messages)
    },
    'sites.replies': async (values) => {
      const params = new Params(values)
      const site = params.optional('site', () => params.text('site', 400)) ?? null
      const provider = params.optional('provider', () => params.text('provider', 255)) ?? null
      params.done()
      const rows = (await context.workers.all('sites.replies', { site, provider })).flat()
      const same = Map.groupBy(rows, ({ site: at, kind, form }) => JSON.stringify([at, kind, form]))
      const replies = [...same.values()].map((some) => some.reduce(mergedReply))
      return replies.toSorted((a, b) => b.count - a.count || b.at - a.at).slice(0, MOST_REPLIES)
    },
  }
}

/** One turn of a worker's event loop is waited for, and the events are searched meanwhile. */
async function ofMessage(around: Around, message: WaitingMessage['id']): Promise<Why> {
  const look = around.looks?.look({ message }) ?? null
  const asked = ask(around, { message }, look)
  const acceptedAt = look === null ? (partOf((await asked).answers).messages[0]?.acceptedAt ?? null) : look.acceptedAt
  const filter = { message, ...(acceptedAt !== null && { since: acceptedAt - BEFORE }) }
  const [{ answers, missing }, history] = await Promise.all([asked, historyOf(around.events, filter)])
  const part = partOf(answers)
  return { ...part, ...history, messages: part.messages.map((one) => withSteward(one, history.events)), missing }
}

function ask({ workers }: Around, question: WhyQuestion, look: WhyLook | null): ReturnType<typeof workers.some<'queue.why'>> {
  return workers.some('queue.why', look === null ? question : { ...question, look: look.shards })
}

/** Of mail, or of what is posted. */
function recipientOf(text: string): { readonly recipient: string; readonly domain: Domain } {
  const place = /^post@https?:/i.test(text) ? parseRecipientPath(text, false) : null
  if (place !== null && typeof place !== 'string') return { recipient: place.address, domain: place.domain }
  const domain = canonicalDomain(text.slice(text.lastIndexOf('@') + 1))
  if (!text.includes('@') || domain === null) throw refused(`${JSON.stringify(text)} is no address.`)
  return { recipient: text, domain }
}

async function ofRecipient(around: Around, text: string): Promise<Why> {
  const { recipient, domain } = recipientOf(text)
  const first = around.looks?.look({ recipient, domain, messages: [] }) ?? null
  const asked = first === null ? null : ask(around, { recipient, domain, messages: [] }, first)
  const history = await historyOf(around.events, { recipient })
  const messages = [...new Set(history.events.toReversed().map((event) => event.message))].slice(0, MOST_MESSAGES)
  const { answers, missing } = await (asked ?? ask(around, { recipient, domain, messages }, null))
  const part = partOf(answers)
  const more = asked === null ? null : await besides(around, { recipient, domain, messages: othersThan(part, messages) })
  const all = more === null ? part : partOf([...answers, ...more.answers])
  const found = all.messages.map((one) => withSteward(one, history.events))
  return { ...all, messages: found, events: history.events, isCut: all.isCut || history.isCut, missing }
}

function othersThan({ messages }: WhyPart, ids: readonly WaitingMessage['id'][]): readonly WaitingMessage['id'][] {
  return ids.filter((id) => !messages.some((one) => one.id === id))
}

/** Mail of the recipient that does not wait for its turn (it is held): the events name it. Null: there is none in the queue. */
async function besides(around: Around, question: Extract<WhyQuestion, { recipient: string }>): Promise<SomeAnswers<WhyPart> | null> {
  if (question.messages.length === 0) return null
  const look = around.looks?.look(question) ?? null
  if (look?.named === 0) return null
  const { answers, missing } = await ask(around, question, look)
  // What was told already is not told twice.
  const isNew = ({ id }: WaitingMessage): boolean => question.messages.includes(id)
  const parts = answers.map(({ messages, isCut }): WhyPart => ({ messages: messages.filter(isNew), domain: null, isCut }))
  return { answers: parts, missing }
}

async function ofDomain(around: Around, domain: Domain): Promise<Why> {
  const { answers, missing } = await ask(around, { domain }, around.looks?.look({ domain }) ?? null)
  const parts = answers.flatMap((part) => part.domain ?? [])
  return { messages: [], domain: mergedDomain(domain, parts), events: [], isCut: false, missing }
}

function partOf(answers: readonly WhyPart[]): WhyPart {
  const messages = answers.flatMap((part) => part.messages).toSorted((a, b) => a.acceptedAt - b.acceptedAt)
  return { messages, domain: null, isCut: answers.some(({ isCut }) => isCut) }
}

async function historyOf(
  events: OperationContext['events'],
  filter: EventFilter,
): Promise<{ readonly events: readonly NumberedEvent[]; readonly isCut: boolean }> {
  const { events: found, reached } = await events.search(filter, null, MOST_EVENTS, { patience: PATIENCE })
  return { events: found.toReversed(), isCut: reached !== null }
}

/** Who held it, and when, is in the events. */
function withSteward(message: WaitingMessage, events: readonly NumberedEvent[]): WaitingMessage {
  const heldBy = (recipient: WaitingRecipient): WaitingRecipient => {
    if (recipient.hold.kind !== 'held') return recipient
    const event = events.findLast((one) => one.kind === 'held' && one.message === message.id && one.recipient === recipient.address)
    return event?.kind !== 'held' ? recipient : { ...recipient, hold: { ...recipient.hold, by: event.by, since: event.at } }
  }
  return { ...message, recipients: message.recipients.map(heldBy) }
}

function mergedDomain(domain: Domain, parts: readonly WaitingDomain[]): WaitingDomain {
  const held = parts.some((part) => part.held === null) ? null : parts.reduce((sum, part) => sum + (part.held ?? 0), 0)
  const holds = mergedHolds(parts.flatMap((part) => part.holds))
  return {
    domain,
    site: parts.find(({ site }) => site !== null)?.site ?? null,
    waiting: parts.reduce((sum, { waiting }) => sum + waiting, 0),
    held,
    holds,
  }
}

/** The same reason once; what holds most first. */
function mergedHolds(holds: readonly HeldBack[]): readonly HeldBack[] {
  const byReason = Map.groupBy(holds, ({ kind, reason }) => `${kind} ${reason}`)
  return [...byReason.values()].map((same) => same.reduce(mergedHold)).toSorted((a, b) => b.recipients - a.recipients)
}

function mergedHold(a: HeldBack, b: HeldBack): HeldBack {
  return { ...a, until: earlier(a.until, b.until), recipients: a.recipients + b.recipients, atLeast: a.atLeast || b.atLeast }
}

function earlier(a: EpochMs | null, b: EpochMs | null): EpochMs | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b)
}

/** How many sites a provider has in all nobody knows where workers share them: as many as the one that knows most. */
function mergedProvider(same: readonly ProviderNow[]): ProviderNow {
  const one = same.reduce((a, b) => ({
    ...summed(a, b),
    provider: a.provider,
    sites: Math.max(a.sites, b.sites),
  }))
  return { ...one, mostConnections: Math.round(one.mostConnections) }
}

function mergedReply(a: SiteReply, b: SiteReply): SiteReply {
  const newer = b.at > a.at ? b : a
  return { ...newer, provider: a.provider ?? b.provider, count: a.count + b.count }
}

type Summed = Omit<ProviderNow, 'provider' | 'sites'>

/** A worker of a release before, which leaves, does not tell all of them. */
function summed(a: Summed, b: Summed): Summed {
  return {
    queued: a.queued + b.queued,
    messages: a.messages + b.messages,
    delivered: a.delivered + b.delivered,
    allowed: a.allowed ?? b.allowed,
    connections: a.connections + b.connections,
    mostConnections: a.mostConnections + b.mostConnections,
    sending: (a.sending ?? 0) + (b.sending ?? 0),
    dueSince: earlier(a.dueSince ?? null, b.dueSince ?? null),
    deferred: a.deferred + b.deferred,
    holds: mergedHolds([...a.holds, ...b.holds]),
  }
}

function mergedSite(same: readonly SiteNow[]): SiteNow {
  const one = same.reduce((a, b) => {
    const newer = (b.lastReplyAt ?? 0) > (a.lastReplyAt ?? 0) ? b : a
    return {
      ...summed(a, b),
      site: a.site,
      domain: a.domain ?? b.domain ?? null,
      provider: a.provider ?? b.provider,
      ready: a.ready + b.ready,
      lastReply: newer.lastReply,
      lastReplyAt: newer.lastReplyAt,
    }
  })
  return { ...one, mostConnections: Math.round(one.mostConnections) }
}
