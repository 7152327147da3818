// Whether this program can read all that the home holds, and whether the home is the one that it says.
import { Fault, messageOf } from '../../base/fault.ts'
import { FORMATS } from '../../contract/formats.ts'
import type { Config } from '../../contract/options.ts'
import { findFormats, type FoundFormat } from '../../lifecycle/formats/look.ts'
import { settingsDiverged } from '../../lifecycle/formats/settings.ts'
import { masterFile } from '../../lifecycle/home-files.ts'
import { copiedFrom } from '../../lifecycle/identity.ts'
import type { Check } from './doctor-checks.ts'

export async function checkFormats(home: string, config: Config): Promise<readonly Check[]> {
  try {
    const found = await findFormats(home, config)
    return [...found.flatMap(unreadable), ...conversion(home, found), told(found)].slice(0, 20)
  } catch (error) {
    return [{ name: 'formats', state: 'fail', what: messageOf(error), ...(error instanceof Fault && { mend: error.mend }) } as Check]
  }
}

function unreadable({ store, path, format }: FoundFormat): Check[] {
  if (FORMATS[store].reads.includes(format)) return []
  const what = `${path} has format ${format}; this program reads ${FORMATS[store].reads.join(', ')}.`
  return [{ name: 'formats', state: 'fail', what, mend: 'Run the release that made it, or a newer one.' }]
}

function conversion(home: string, found: readonly FoundFormat[]): Check[] {
  if (!found.some(({ path }) => path === masterFile(home)))
    return [{ name: 'formats', state: 'warn', what: 'The settings are of an older release.', mend: 'The next start converts them.' }]
  const checks: Check[] = []
  const why = copiedFrom(home)
  if (why !== null) {
    const mend = "'hms restore --in-place' compares it with the delivery journal."
    checks.push({ name: 'identity', state: 'fail', what: `The home is a copy (${why}): it will not start.`, mend })
  }
  if (settingsDiverged(home)) {
    const mend = "Make the changes again that are missed; 'hms cleanup' removes the older settings."
    checks.push({ name: 'formats', state: 'warn', what: 'An older release changed its settings after they were converted.', mend })
  }
  return checks
}

function told(found: readonly FoundFormat[]): Check {
  const formats = new Map(found.map(({ store, format }) => [store, format]))
  return { name: 'formats', state: 'ok', what: `${[...formats].map(([store, format]) => `${store} ${format}`).join(', ')}.` }
}
