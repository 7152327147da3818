// Whether a start would take the home for what it is, or refuse it as a copy or as older than its delivery journal.
import { Fault, messageOf } from '../../base/fault.ts'
import type { Config } from '../../contract/options.ts'
import { requireOwnPlace } from '../start-guard.ts'
import type { PreflightCheck } from './check.ts'

export async function checkOwnPlace(home: string, config: Config, exists: boolean): Promise<PreflightCheck> {
  const base = { check: 'identity', needed: 'the home itself, which is no copy and knows all that its delivery journal knows' }
  if (!exists) return { ...base, ok: true, found: 'no home yet', mend: null }
  try {
    await requireOwnPlace(home, config)
    return { ...base, ok: true, found: 'the home itself', mend: null }
  } catch (error) {
    const mend = error instanceof Fault ? error.mend : undefined
    const found = messageOf(error).replace(/\.$/, '')
    return { ...base, ok: false, found, mend: mend ?? 'Run it as the user that owns the home.' }
  }
}
