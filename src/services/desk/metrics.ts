// Prometheus metrics of the whole tree, under the counters that users of the original know (product.md §6).
import { Counter, Gauge, Registry } from 'prom-client'
import { ALARM_NAMES, ALARMS } from '../../contract/alarm-table.ts'
import type { FiringAlarm } from '../../contract/alarms.ts'
import type { PluginSeen } from '../../contract/plugin-operations.ts'
import type { MilterSeen } from '../../contract/milters.ts'
import type { WorkerStatus } from '../../contract/operations.ts'
import { WEBHOOK_STATES } from '../../contract/webhooks.ts'
import type { FeedbackTotals, Totals } from '../../engine/ports/stores.ts'
import type { WebhooksSeen } from '../webhooks/protocol.ts'
import { milterMetrics } from './milter-metrics.ts'
import { pluginMetrics } from './plugin-metrics.ts'
import type { RateSamples, SampledCounter } from './rate-samples.ts'
import type { CounterName, CounterSum } from './worker-links.ts'

export interface MetricsSource {
  readonly counters: CounterSum
  readonly rates: RateSamples
  workers(): readonly WorkerStatus[]
  totals(): Totals
  feedbackTotals(): FeedbackTotals
  firing(): readonly FiringAlarm[]
  /** Of all workers. */
  milters(): readonly MilterSeen[]
  /** Of all workers. */
  plugins(): readonly PluginSeen[]
  /** Null: there is no webhook. */
  webhooks(): WebhooksSeen | null
}

const COUNTERS: readonly (readonly [CounterName, string, string])[] = [
  ['inboundConnections', 'hms_inbound_connections_total', 'Inbound connections accepted.'],
  ['outboundConnections', 'hms_outbound_connections_total', 'Outbound connections opened.'],
  ['messagesAccepted', 'hms_messages_accepted_total', 'Messages accepted.'],
  ['recipientsProcessed', 'hms_messages_processed_total', 'Messages processed, counted by recipient: delivered, failed or expired.'],
  ['dkimOperations', 'hms_dkim_operations_total', 'DKIM signatures made.'],
  ['trackingOperations', 'hms_tracking_operations_total', 'Messages rewritten for tracking.'],
  ['visitsDropped', 'hms_tracking_visits_dropped_total', 'Opens and clicks that came faster than they could be told.'],
  ['regexOperations', 'hms_regex_operations_total', 'Regular expressions run.'],
]
const GAUGES: readonly (readonly [string, string, (worker: WorkerStatus) => number])[] = [
  ['hms_sending_threads', 'Transactions with receiving servers under way.', ({ sending }) => sending],
  ['hms_inbound_connections_open', 'Inbound connections open.', ({ inboundOpen }) => inboundOpen],
  ['hms_outbound_connections_open', 'Outbound connections open.', ({ outboundOpen }) => outboundOpen],
  ['hms_messages_queued', 'Recipients queued.', ({ queued }) => queued],
]
const RATES: readonly (readonly [SampledCounter, string, string])[] = [
  ['inboundConnections', 'hms_inbound_connections_per_second', 'Inbound connections a second, over the last 10 s.'],
  ['outboundConnections', 'hms_outbound_connections_per_second', 'Outbound connections a second, over the last 10 s.'],
  ['recipientsProcessed', 'hms_messages_processed_per_second', 'Messages processed a second, over the last 10 s.'],
]
const WEBHOOKS: readonly (readonly [keyof WebhooksSeen & ('posts' | 'failed' | 'told' | 'givenUp'), string, string])[] = [
  ['posts', 'hms_webhook_posts_total', 'Posts to webhooks that were tried.'],
  ['failed', 'hms_webhook_posts_failed_total', 'Posts to webhooks that failed.'],
  ['told', 'hms_webhook_events_told_total', 'Events that webhooks took.'],
  ['givenUp', 'hms_webhook_events_given_up_total', 'Events that were given up, as a webhook refused them for three days.'],
]
const FEEDBACK = ['bounced', 'complained', 'unsubscribed', 'opened', 'clicked'] as const

export class Metrics {
  readonly #registry = new Registry()
  readonly #source: MetricsSource

  constructor(source: MetricsSource) {
    this.#source = source
    const registers = [this.#registry]
    for (const [counter, name, help] of COUNTERS) this.#counter(name, help, () => source.counters.get(counter))
    for (const kind of ['accepted', 'delivered', 'deferred', 'failed', 'expired', 'deleted'] as const)
      this.#counter(`hms_recipients_${kind}_total`, `Recipients ${kind} since the home was made.`, () => source.totals()[kind])
    for (const kind of FEEDBACK)
      this.#counter(`hms_feedback_${kind}_total`, `Events "${kind}" since the home was made.`, () => source.feedbackTotals()[kind])
    for (const [counter, name, help] of WEBHOOKS) this.#counter(name, help, () => source.webhooks()?.[counter] ?? 0)
    this.#webhookGauges()
    milterMetrics(this.#registry, () => source.milters())
    pluginMetrics(this.#registry, () => source.plugins())
    const restores = 'Recipients that restores took from the queue with no event that tells so, less those that they put back.'
    const collect = gauge(() => source.totals().endedByRestore)
    void new Gauge({ name: 'hms_recipients_ended_by_restore', help: restores, registers, collect })
    const alarms = new Gauge({
      name: 'hms_alarms_firing',
      help: 'Alarms that fire, by name; of each how many subjects it has.',
      labelNames: ['alarm', 'severity'],
      registers,
      collect: () => {
        for (const name of ALARM_NAMES)
          alarms.set({ alarm: name, severity: ALARMS[name].severity }, source.firing().filter((one) => one.name === name).length)
      },
    })
    for (const [name, help, of] of GAUGES)
      void new Gauge({ name, help, registers, collect: gauge(() => source.workers().reduce((sum, worker) => sum + of(worker), 0)) })
    for (const [counter, name, help] of RATES) void new Gauge({ name, help, registers, collect: gauge(() => source.rates.rate(counter)) })
    void new Gauge({ name: 'hms_workers', help: 'Workers that answer.', registers, collect: gauge(() => source.workers().length) })
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }

  #counter(name: string, help: string, value: () => number): void {
    const collect = function (this: Counter): void {
      this.reset()
      this.inc(value())
    }
    void new Counter({ name, help, registers: [this.#registry], collect })
  }

  #webhookGauges(): void {
    const [source, registers] = [this.#source, [this.#registry]]
    const states = new Gauge({
      name: 'hms_webhooks',
      help: 'Webhooks by how they are.',
      labelNames: ['state'],
      registers,
      collect: () => {
        const endpoints = source.webhooks()?.endpoints ?? []
        for (const state of WEBHOOK_STATES)
          states.set(
            { state },
            endpoints.filter((one) => (one.on || one.state === 'dead' || one.state === 'gone' ? one.state : 'off') === state).length,
          )
      },
    })
    const aside = 'Events that webhooks refuse while they take others.'
    void new Gauge({ name: 'hms_webhook_events_aside', help: aside, registers, collect: gauge(() => source.webhooks()?.aside ?? 0) })
    const held = 'Octets of events on their way to webhooks in memory.'
    void new Gauge({ name: 'hms_webhook_held_bytes', help: held, registers, collect: gauge(() => source.webhooks()?.held ?? 0) })
  }
}

function gauge(value: () => number): (this: Gauge) => void {
  return function () {
    this.set(value())
  }
}
