// Trials of plug-ins, for their authors' tests: the plug-in runs in a process as the server starts it, and is asked as the server asks it.
import type { Trial, TrialOptions } from '../../src/contract/plugin-trial.ts'
import { PluginTrial } from '../../src/plugins/harness/plugin-trial.ts'

export type * from '../../src/contract/plugin-trial.ts'

/** Rejects with a sentence where the server would not run it. */
export function tryPlugin(options: TrialOptions): Promise<Trial> {
  return PluginTrial.start(options)
}
