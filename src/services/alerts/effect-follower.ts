// Follows what happens to effects: each is audited with who did it and becomes a Delivery Alert, once, also after a crash in between.
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { Happening } from '../../contract/blocks.ts'
import type { SettingsStore } from '../../engine/ports/stores.ts'
import { happeningWords, listed } from '../../policy/blocks/effect-words.ts'
import type { NewAlert } from '../../store/sqlite/desk/alerts.ts'
import type { HappeningReader, NumberedHappening } from '../../store/sqlite/desk/happenings.ts'

export interface EffectFollowerOptions {
  readonly reader: HappeningReader
  readonly settings: Pick<SettingsStore, 'noteFrom' | 'notedUpTo'>
  readonly post: (alerts: readonly Omit<NewAlert, 'mail' | 'webhook'>[]) => void
  readonly log: Log
}

const AT_ONCE = 500
const MEND = "Find out why from the reply. 'hms effects ls' lists what is held back, 'hms effects end' ends it."
const SOURCE = 'effects'

export class EffectFollower {
  readonly #options: EffectFollowerOptions
  #hasLooked = false

  constructor(options: EffectFollowerOptions) {
    this.#options = options
  }

  look(): void {
    const { reader, log } = this.#options
    try {
      if (this.#hasLooked && !reader.changed()) return
      const { name } = reader
      if (name === null) return
      this.#hasLooked = true
      while (this.#take(name));
    } catch (error) {
      this.#hasLooked = false
      log.error('What happened to effects could not be told; it is tried again.', { error: messageOf(error) })
    }
  }

  /** The alerts first: taken twice they are one. Audit and position are one. */
  #take(file: string): boolean {
    const { reader, settings, post } = this.#options
    const known = settings.notedUpTo(SOURCE)
    const after = known?.file === file ? known.upTo : 0
    const happened = reader.after(after, AT_ONCE)
    const last = happened.at(-1)
    if (last === undefined) return false
    post(happened.map((one) => alertFrom(file, one)))
    settings.noteFrom(
      SOURCE,
      { file, upTo: last.id },
      happened.map(({ happening }) => auditOf(happening)),
    )
    return happened.length === AT_ONCE
  }
}

function alertFrom(file: string, { id, happening }: NumberedHappening): Omit<NewAlert, 'mail' | 'webhook'> {
  const { at, kind, effect, by } = happening
  const mend = kind === 'ended' ? 'No action needed.' : MEND
  return {
    source: `${SOURCE} ${file} ${id}`,
    at,
    kind: `effect.${kind}`,
    what: `${happeningWords(happening)}.`,
    mend,
    effect: listed(effect, at),
    by,
  }
}

function auditOf(happening: Happening): { readonly at: number; readonly by: string; readonly action: string; readonly subject: string } {
  const { at, by, kind, effect } = happening
  return { at, by, action: `effect ${kind}`, subject: `${effect.id} ${happeningWords(happening)}` }
}
