// Does one thing to a stopped home in a process of its own, which a crash point may end: `adopt HOME`, `revert HOME FORMAT`.
import { homeLockPath } from '../src/services/home.ts'
import { loadConfig } from '../src/lifecycle/config.ts'
import { revertSettings } from '../src/lifecycle/formats/settings.ts'
import { adoptHome } from '../src/lifecycle/start-guard.ts'
import { takeLockFile } from '../src/store/sqlite/spool/lock-file.ts'

const [what, home = '', format] = process.argv.slice(2)
using lock = takeLockFile(homeLockPath(home))
if (lock === null) throw new Error('the home is in use')
if (what === 'adopt') await adoptHome(home, loadConfig(home), 'test')
else if (what === 'revert') await revertSettings(home, Number(format))
else throw new Error(`what is ${what}?`)
