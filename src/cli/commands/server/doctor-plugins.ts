// What `hms doctor` says of plug-ins: whether what is switched on can be used, and whether all of them come into backups.
import { messageOf } from '../../../base/fault.ts'
import type { Config } from '../../../contract/options.ts'
import { pluginFiles } from '../../../lifecycle/plugins/kept-files.ts'
import { Plugins } from '../../../services/plugins/plugin-desk.ts'
import type { Check } from './doctor-checks.ts'

export function checkPlugins(home: string, config: Config): readonly Check[] {
  const name = 'plug-ins'
  let plugins: ReturnType<Plugins['list']>
  try {
    plugins = new Plugins({ home, config }).list()
  } catch (error) {
    return [{ name, state: 'fail', what: messageOf(error), mend: 'Mend config/plugins.yaml by hand.' }]
  }
  const on = plugins.filter(({ listed, enabled }) => listed && enabled)
  const wrong = on.flatMap((one): Check[] =>
    one.problem === null
      ? []
      : [
          {
            name,
            state: 'fail',
            what: `${one.name} cannot be used: ${one.problem}`,
            mend: `Mend it, or switch it off: 'hms plugin disable ${one.name}'.`,
          },
        ],
  )
  const large = pluginFiles(home).tooLarge.map((one): Check => ({
    name,
    state: 'warn',
    what: `${one} is too large for backups.`,
    mend: 'Leave out of its folder what it does not need: npm install --omit=dev.',
  }))
  if (wrong.length + large.length > 0) return [...wrong, ...large]
  const what =
    on.length === 0
      ? 'No plug-in is switched on.'
      : `${on.map((one) => one.name).join(', ')}: manifest and code are there. 'hms plugin check' tries them.`
  return [{ name, state: 'ok', what }]
}
