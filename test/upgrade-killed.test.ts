// Killed while the version is changed (testkit/upgrade-kills.ts). The steps at which `hms upgrade` itself falls first.
import { killedAt } from '../testkit/upgrade-kills.ts'

killedAt(
  ['upgrade-checking', 'upgrade-backing-up', 'upgrade-installing', 'upgrade-trying', 'upgrade-switching', 'upgrade-switched'],
  'of the command',
)
