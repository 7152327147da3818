// What an operation changed goes into the audit under who called it. Changes of the settings are written down with them; whatever is kept elsewhere
// (the queue, lists of suppression, jobs, users) is written down here, as it was before and is after, or as what was asked and what came of it.
import { createHash } from 'node:crypto'
import { Fault, messageOf } from '../../base/fault.ts'
import type { Actor } from '../../contract/actor.ts'
import type { OperationName } from '../../contract/operations.ts'
import type { AuditCall, AuditStates, SettingsStore } from '../../engine/ports/stores.ts'
import { shownAlone, shownChange } from '../../policy/audit/shown.ts'
import type { OperationTable } from './context.ts'
import { type Held, MOVED } from './held.ts'

/** Operations whose every change is one of the settings. */
const IN_SETTINGS =
  /^(?:account|credential|tokens|relay|route|rules|domain|inbound|reporter|dkim|brakes|sources|template|warmup)\.|^queue\.(?:rebind|unbind|suspend|resume)$|^suppression\.policy$/
/** Parts of a change that is written down with its last. */
const PARTS: ReadonlySet<string> = new Set(['job.rows', 'suppression.import', 'reports.take', 'upload.add'])

/** Parameters that name whom the audit must not remember. */
const UNNAMED: { readonly [N in OperationName]?: readonly string[] } = {
  'erase.start': ['address'],
  // Nobody's name, and very long.
  'upload.add': ['octets'],
}

/** Parameters that are too long, or may be secret. */
const HIDDEN: { readonly [N in OperationName]?: readonly string[] } = { 'plugin.add': ['archive'], 'plugin.settings.set': ['values'] }

/** One call, with what was written down of it. */
export class Audited implements AuditCall {
  readonly actor: Actor
  readonly operation: OperationName
  #line: number | null = null
  #isTold = false
  readonly #held: Held | undefined

  constructor(actor: Actor, operation: OperationName, held?: Held) {
    this.actor = actor
    this.operation = operation
    this.#held = held
  }

  begins(version: number): void {
    this.#held?.begins(version)
  }

  wrote(id: number, withStates: boolean): void {
    if (withStates) this.#isTold = true
    else this.#line = id
  }

  /** Runs it, and writes down what nobody else did. `table`: to look at the thing before and after. */
  async run(
    settings: SettingsStore,
    table: OperationTable,
    { params, work }: { readonly params: unknown; readonly work: () => Promise<unknown> },
  ): Promise<unknown> {
    const look = LOOKS[this.operation]
    const before = (await look?.(table, params as never, null)) ?? null
    try {
      const result = await work()
      if (!this.#isMissing(params)) return result
      const after = (await look?.(table, params as never, result)) ?? null
      if (before !== null || after !== null) this.#tell(settings, params, shownChange(before, after))
      else if (this.#line !== null || !changedNothing(result))
        this.#tell(settings, params, { after: { ...this.#asked(params), told: plain(result) } })
      return result
    } catch (error) {
      // Nothing was written: it begins anew.
      if (error === MOVED) throw error
      // What failed halfway may have changed something; what was refused did not.
      const refused = error instanceof Fault && error.blame === 'caller'
      if (!refused && this.#isMissing(params)) this.#tell(settings, params, { after: { ...this.#asked(params), failed: messageOf(error) } })
      throw error
    }
  }

  #isMissing(params: unknown): boolean {
    if (this.#isTold || IN_SETTINGS.test(this.operation) || fieldsOf(params)['dryRun'] === true) return false
    return !PARTS.has(this.operation) || this.#line !== null
  }

  #asked(params: unknown): { readonly asked: unknown } {
    const hidden = new Set([...(UNNAMED[this.operation] ?? []), ...(HIDDEN[this.operation] ?? [])])
    return { asked: shownAlone(Object.fromEntries(Object.entries(fieldsOf(params)).filter(([name]) => !hidden.has(name)))) }
  }

  #tell(settings: SettingsStore, params: unknown, states: AuditStates): void {
    const { account } = fieldsOf(params)
    const known = typeof account === 'number' ? { ...states, account: account as NonNullable<AuditStates['account']> } : states
    if (this.#line !== null) settings.complete(this.#line, known, this)
    else
      settings.as(this).note(this.actor.by, this.operation.replaceAll('.', ' '), this.operation in UNNAMED ? '' : subjectOf(params), known)
  }
}

type Looks = {
  readonly [N in OperationName]?: (table: OperationTable, params: Parameters<OperationTable[N]>[0], result: unknown) => Promise<unknown>
}

const job = (table: OperationTable, { id }: { readonly id: number }): Promise<unknown> => orNull(table['job.show']({ id }))
const effect = async (table: OperationTable, { id }: { readonly id: string }): Promise<unknown> =>
  (await table['effects.list']({})).find((one) => one.id === id) ?? null
const list = async (table: OperationTable, { name }: { readonly name: string }): Promise<unknown> =>
  (await table['suppression.lists']({})).find((one) => one.name === name) ?? null

const user = (table: OperationTable, { name }: { readonly name: string }): Promise<unknown> => orNull(table['user.show']({ name }))
const provider = (table: OperationTable, { name }: { readonly name: string }): Promise<unknown> => orNull(table['provider.show']({ name }))
const linked = async (table: OperationTable, { name, user: of }: { readonly name: string; readonly user: string }): Promise<unknown> =>
  (await table['provider.users']({ name })).find(({ user }) => user.toLowerCase() === of.toLowerCase()) ?? null
const key = (table: OperationTable, { name }: { readonly name: string }): Promise<unknown> => orNull(table['key.show']({ name }))

const plugin = async (table: OperationTable, { name }: { readonly name: string }): Promise<unknown> => {
  const { seen: _seen, ...found } = (await table['plugin.list']({})).find((one) => one.name === name) ?? { name: null }
  return found.name === null ? null : found
}
/** Which code came is told by its sum. */
const pluginAdded = async (table: OperationTable, params: { readonly archive: string; readonly name?: string }, result: unknown) => {
  const name = params.name ?? (result as { readonly name?: string } | null)?.name
  const found = name === undefined ? null : await plugin(table, { name })
  if (result === null || found === null) return found
  const sha256 = createHash('sha256').update(Buffer.from(params.archive, 'base64')).digest('hex')
  return { ...found, package: { sha256 } }
}

const option = async (table: OperationTable, { name }: { readonly name: string }): Promise<unknown> => {
  const now = (await table['config.describe']({})).find((one) => one.name === name)?.now
  return now === undefined ? null : { [name]: now }
}

/** How the thing is that an operation changes; `result` null: before it. */
const LOOKS: Looks = {
  'job.add': async (_table, _params, result) => result,
  'job.begin': job,
  'job.pause': job,
  'job.resume': job,
  'job.cancel': job,
  'job.forget': job,
  'effects.end': effect,
  'effects.extend': effect,
  'suppression.create': list,
  'suppression.drop': list,
  'user.add': user,
  'user.set': user,
  'user.lock': user,
  'user.unlock': user,
  'user.remove': user,
  'user.password': user,
  'user.factors.remove': user,
  'provider.add': provider,
  'provider.set': provider,
  'provider.remove': provider,
  'provider.link': linked,
  'provider.unlink': linked,
  'user.passkeys.remove': user,
  'key.add': key,
  'key.remove': key,
  'plugin.add': pluginAdded,
  'plugin.set': plugin,
  'plugin.settings.set': (table, { name }) => orNull(table['plugin.settings']({ name })),
  'plugin.remove': plugin,
  'config.set': option,
  'config.unset': option,
}

async function orNull(asking: Promise<unknown>): Promise<unknown> {
  try {
    return await asking
  } catch (error) {
    if (error instanceof Fault && error.blame === 'caller') return null
    throw error
  }
}

/** Of a result what is no text: keys and passwords that are shown once are texts. */
function plain(result: unknown): unknown {
  const fields = Object.entries(fieldsOf(result)).filter(([, value]) => ['number', 'boolean'].includes(typeof value))
  return Object.fromEntries(fields)
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {}
}

function changedNothing(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return false
  const { removed, found, recipients, entries, added, changed, undone, ended, cancelled } = fieldsOf(result)
  if (cancelled === false) return true
  if (removed === false || removed === 0 || found === false || recipients === 0 || entries === null || undone === 0 || ended === 0)
    return true
  return added === 0 && changed === 0
}

const NAMES = ['id', 'name', 'user', 'domain', 'list', 'site', 'source', 'address'] as const

function subjectOf(params: unknown): string {
  const fields = fieldsOf(params)
  const name = NAMES.map((one) => fields[one]).find((value) => typeof value === 'string' || typeof value === 'number')
  return String(name ?? '').slice(0, 200)
}
