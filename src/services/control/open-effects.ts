// The effects of a worker: its own where it is the only one, otherwise those that control keeps for all. What was remembered holds from
// the first message on.
import { systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { LocalEffects } from '../../engine/effects/local-effects.ts'
import type { Effects } from '../../engine/ports/effects.ts'
import { effectsFile } from '../../lifecycle/home-files.ts'
import { createEffectStore, readEffects } from '../../store/sqlite/limits/effects.ts'
import { controlSocketPath } from '../home.ts'
import type { Launch } from '../launch.ts'
import { RemoteEffects } from './remote-effects.ts'

export interface OpenedEffects extends AsyncDisposable {
  readonly effects: Effects
}

export function openEffects({ home, line, slots, version }: Pick<Launch, 'home' | 'line' | 'slots' | 'version'>, log: Log): OpenedEffects {
  if (slots > 1) {
    const before = readEffects(effectsFile(home))
    const effects = new RemoteEffects({ path: controlSocketPath(home, line), version, clock: systemClock, log, before })
    return { effects, [Symbol.asyncDispose]: async () => effects[Symbol.dispose]() }
  }
  const effects = keptEffects(home, log)
  return { effects, [Symbol.asyncDispose]: () => effects[Symbol.asyncDispose]() }
}

/** Kept by this process. */
export function keptEffects(home: string, log: Log): LocalEffects {
  const file = effectsFile(home)
  return new LocalEffects({ clock: systemClock, log, before: readEffects(file), store: createEffectStore(file) })
}
