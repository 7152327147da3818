// Liquid of callers: a message for one, filled in when it is handed in, with its stored template; and what goes wrong, in the words of a call.
import { Fault } from '../../base/fault.ts'
import type { AccountId } from '../../base/brand.ts'
import type { InjectedMessage, Problem } from '../../contract/injection.ts'
import type { Settings } from '../../contract/settings.ts'
import type { StoredTemplate } from '../../contract/templates.ts'
import { type KnownSources, partsFilled } from '../../message/merge/parts.ts'
import { unfit } from './refused.ts'

/** The message with its Liquid filled in, where it has any. Throws a Fault where it cannot be. */
export function filledMessage(message: InjectedMessage, known?: KnownSources): InjectedMessage {
  if (message.data === undefined && message.template === undefined) return message
  const { data = {}, missing = 'error', template: _template, data: _data, missing: _missing, ...rest } = message
  return { ...rest, ...partsFilled(message, { own: data, all: {}, missing }, known) }
}

/** Null: it is a bug, or none of the caller's making. */
export function problemOf(error: unknown): Problem | null {
  if (!(error instanceof Fault) || error.blame !== 'caller') return null
  return { code: error.code === 'template-failed' ? 'merge-failed' : 'invalid-field', message: error.message }
}

export type FindTemplate = (account: AccountId, id: string, version?: number) => StoredTemplate | null

/** Most that are remembered until settings change; a batch names few. */
const MOST_KNOWN = 100

/** Stored templates as calls name them, each read once until settings change. */
export class TemplateShelf {
  readonly #find: FindTemplate
  readonly #settings: () => Settings
  readonly #known = new Map<string, StoredTemplate | null>()
  #of: Settings | null = null

  constructor(find: FindTemplate, settings: () => Settings) {
    this.#find = find
    this.#settings = settings
  }

  /** The message with what its template says. `within`: name of the message in errors. */
  complete(message: InjectedMessage, account: AccountId): InjectedMessage {
    const { template } = message
    if (template === undefined) return message
    for (const part of ['text', 'html', 'raw'] as const)
      if (message[part] !== undefined) throw unfit(`${part} is what the template brings: leave out one of both.`, part)
    const { id, version } = template
    const stored = this.#at(account, id, version)
    if (stored === null) {
      const what = version === undefined ? `template ${id}` : `version ${version} of template ${id}`
      throw unfit(`The account has no ${what}.`, 'template', 'template-not-found')
    }
    const { subject, text, html } = stored
    return { ...message, subject: message.subject ?? subject, text, html }
  }

  #at(account: AccountId, id: string, version?: number): StoredTemplate | null {
    const settings = this.#settings()
    if (this.#of !== settings || this.#known.size >= MOST_KNOWN) this.#known.clear()
    this.#of = settings
    const key = `${account} ${version ?? ''} ${id}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const found = this.#find(account, id, version)
    this.#known.set(key, found)
    return found
  }
}
