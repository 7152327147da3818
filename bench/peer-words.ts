// What the bench and its two peers, generator and sink, say to each other. Each peer is a process of its own, so that its
// work shows in its own processor time and a pause of one is no pause of the other. Times are ms of the system's monotonic clock.

/** Until then, at a rate, connections are opened for the first time on both sides. */
export const SETTLED_AFTER_MS = 10_000

export interface GeneratorLoad {
  readonly port: number
  /** Connections at once, at most. */
  readonly sessions: number
  /** Many messages on one connection, or a connection for each. */
  readonly kept: boolean
  /** Octets of a message. */
  readonly size: number
  /** In one transaction. */
  readonly recipients: number
  /** Domains that the messages go to in turn, `d<n>.bench.test`. */
  readonly domains: number
  /** The end, whichever comes first. */
  readonly messages?: number
  readonly seconds?: number
  /** Messages due a second, whatever became of those before; none: as fast as they are taken. */
  readonly rate?: number
  readonly starttls?: boolean
  readonly login?: { readonly user: string; readonly password: string }
  /** MAIL, RCPT and DATA in one write. */
  readonly pipelined: boolean
}

/** Of the time from when a message was due (at a rate) or begun, until its `250`; ms. */
export interface Latency {
  readonly least: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface Sent {
  /** Messages answered with 250. */
  readonly accepted: number
  /** Messages refused or lost with their connection. */
  readonly refused: number
  /** The first words that did not fit. */
  readonly refusal: string | null
  readonly connections: number
  /** Messages that are due and not begun. */
  readonly behind: number
  readonly latency: Latency
  /** Of messages that were due at least `SETTLED_AFTER_MS` after the start. */
  readonly settled: Latency
  /** From the start to the last 250. */
  readonly seconds: number
}

export interface SinkOptions {
  /** Addresses 127.1.x.y, each a site `d<n>.bench.test`; 0: only 127.0.0.1. */
  readonly sites: number
  /** Least and longest wait before the answer to the final dot, evenly spread; ms. */
  readonly delay?: readonly [number, number]
  readonly starttls?: boolean
}

export interface Received {
  /** Answered with 250. */
  readonly messages: number
  readonly recipients: number
  readonly open: number
  readonly mostOpen: number
  readonly connections: number
  readonly secured: number
  /** When the last message was answered. */
  readonly lastAt: number
}

/** Where the receivers of the bench of webhooks are. */
export interface WebhookEnds {
  /** The certificate to trust. */
  readonly root: string
  /** Those that take what they get. */
  readonly heard: Readonly<Record<'well' | 'flapping', string>>
  /** Those that do something wrong, by what. */
  readonly wrong: Readonly<Record<string, string>>
}

export interface HeardBy {
  readonly posts: number
  /** Each once. */
  readonly events: number
  /** Events that came again. */
  readonly again: number
  /** Posts whose signature was not right. */
  readonly unverified: number
  /** Events that came before one of their message that was to be first. */
  readonly disordered: number
  /** Ms from what happened until it was heard. */
  readonly late: { readonly p50: number; readonly p99: number; readonly max: number }
}

/** Events of the store, and those of them that were not heard. */
export interface Compared {
  readonly stored: number
  readonly missing: Readonly<Record<'well' | 'flapping', number>>
}

/** Call → parameters and answer. */
export interface PeerCalls {
  /** Generator: answers when the load is over. */
  send: { params: GeneratorLoad; result: Sent }
  /** Generator: so far; the latency is of the time since the last sample. */
  sample: { params: null; result: Sent }
  listen: { params: SinkOptions; result: { readonly port: number; readonly dns: string } }
  received: { params: null; result: Received }
  /** Receivers of webhooks; `flapping`: seconds. */
  ends: { params: { readonly flapping: number }; result: WebhookEnds }
  secrets: { params: Readonly<Record<'well' | 'flapping', string>>; result: null }
  heard: { params: null; result: { readonly well: HeardBy; readonly flapping: HeardBy; readonly forbidden: number } }
  compare: { params: { readonly folder: string; readonly account: number }; result: Compared }
}
