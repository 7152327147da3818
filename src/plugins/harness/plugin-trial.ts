// A plug-in on trial: its code in a process as the server starts it, with the same rights, limits and checks, and sessions with it that are
// none. `hms plugin test` and the test library of the package for plug-ins are this.
import { realpathSync } from 'node:fs'
import { basename } from 'node:path'
import type { Ms } from '../../base/brand.ts'
import { machineClock } from '../../base/clock.ts'
import type { Log, LogFields } from '../../base/log.ts'
import { SharedReads } from '../../base/shared-reads.ts'
import type {
  Trial,
  TrialCall,
  TrialClient,
  TrialDone,
  TrialEffect,
  TrialEvent,
  TrialHook,
  TrialLine,
  TrialMessage,
  TrialOptions,
  TrialSending,
  TrialSession,
  TrialStep,
} from '../../contract/plugin-trial.ts'
import { PluginDeliveries } from '../plugin-deliveries.ts'
import { PluginFilters } from '../plugin-filters.ts'
import { PluginRunner } from '../plugin-runner.ts'
import { type PluginSpec, specIn } from '../plugin-spec.ts'
import { runSteps } from './steps.ts'
import { happen } from './trial-event.ts'
import { OpenSession } from './trial-session.ts'
import { WatchedPlugin } from './watched-plugin.ts'

/** Patience with its start, however busy the machine is. */
const START_WITHIN: Ms = 120_000

export class PluginTrial implements Trial {
  readonly #runner: PluginRunner
  readonly #plugin: WatchedPlugin
  readonly #filters: PluginFilters
  readonly #deliveries: PluginDeliveries
  readonly #lines: TrialLine[]
  readonly #problems: string[] = []
  #messages = 0

  private constructor(runner: PluginRunner, lines: TrialLine[]) {
    this.#runner = runner
    const plugin = new WatchedPlugin(runner)
    this.#plugin = plugin
    const all = [plugin]
    this.#filters = new PluginFilters(() => all)
    this.#deliveries = new PluginDeliveries(() => all)
    this.#lines = lines
  }

  /** Rejects with a sentence where the server would not run it. */
  static start({ folder, ...entry }: TrialOptions): Promise<PluginTrial> {
    return PluginTrial.ofSpec(specIn(folder, { name: nameOf(folder), ...entry }))
  }

  static async ofSpec(spec: PluginSpec): Promise<PluginTrial> {
    const lines: TrialLine[] = []
    const runner = new PluginRunner(spec, { clock: machineClock, log: logInto(lines), reads: new SharedReads(), startWithin: START_WITHIN })
    await runner.settled
    if (runner.state === 'ready') return new PluginTrial(runner, lines)
    const why = runner.trouble?.what ?? 'it does not begin'
    await runner.stop()
    throw new Error(`The plug-in ${spec.name} does not start: ${why}`)
  }

  get name(): string {
    return this.#runner.spec.name
  }

  get hooks(): readonly string[] {
    return this.#runner.spec.hooks
  }

  get calls(): readonly TrialCall[] {
    return this.#plugin.calls
  }

  get lines(): readonly TrialLine[] {
    return this.#lines
  }

  get problems(): readonly string[] {
    const failed = this.calls.flatMap(({ hook, failed }) => (failed === null ? [] : [`${hook} ${failed.how}: ${failed.reason}`]))
    return [...failed, ...this.#problems]
  }

  session(client: TrialClient = {}): Promise<TrialSession> {
    const impossible = (what: string): void => void this.#problems.push(what)
    const nextId = (): string => String(++this.#messages).padStart(16, '0')
    const host = { plugin: this.#plugin, filters: this.#filters, impossible, nextId }
    return OpenSession.begin(host, client)
  }

  async send({
    client = {},
    sender = 'sender@example.com',
    recipients = ['recipient@example.net'],
    message,
  }: TrialSending): Promise<TrialMessage> {
    const from = this.calls.length
    const session = await this.session(client)
    const told = (outcome: TrialMessage): TrialMessage => ({ ...outcome, calls: this.calls.slice(from) })
    try {
      const steps = [
        async () => session.greeting,
        () => session.hello(client.helo ?? 'client.example'),
        ...(client.user === undefined || client.user === null ? [] : [() => session.auth(client.user ?? '', client.account ?? undefined)]),
        () => session.from(sender),
        ...recipients.map((recipient) => () => session.recipient(recipient)),
      ]
      for (const step of steps) {
        const { outcome, text } = await step()
        if (outcome !== 'ok') return told({ outcome, text, reason: null, mail: null, calls: [] })
      }
      return told(await session.message(message))
    } finally {
      await session.close()
    }
  }

  async event<Hook extends TrialHook>(hook: Hook, event: TrialEvent<Hook> = {}): Promise<TrialEffect> {
    const from = this.calls.length
    const effect = await happen(hook, { plugin: this.#plugin, deliveries: this.#deliveries, given: event })
    return { ...effect, calls: this.calls.slice(from) }
  }

  run(steps: readonly TrialStep[]): Promise<readonly TrialDone[]> {
    return runSteps(this, steps)
  }

  async stop(): Promise<void> {
    await this.#runner.stop()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

/** The server knows a plug-in by its folder. */
function nameOf(folder: string): string {
  try {
    return basename(realpathSync(folder)).toLowerCase()
  } catch {
    throw new Error(`There is no folder ${folder}.`)
  }
}

/** Of what the server would log, the plug-in's own words. */
function logInto(lines: TrialLine[]): Log {
  const note =
    (level: TrialLine['level']) =>
    (_message: string, fields?: LogFields): void => {
      const text = fields?.['text'] ?? fields?.['line']
      if (typeof text === 'string') lines.push({ level, text })
    }
  return { debug: () => undefined, info: note('info'), warn: note('warn'), error: note('error') }
}
