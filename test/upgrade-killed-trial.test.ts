// Killed while the version is changed (testkit/upgrade-kills.ts): the steps of a hand-over at which the one server tries the other and lets
// it begin to listen.
import { killedAt } from '../testkit/upgrade-kills.ts'

killedAt(['hand-over-desk-ended', 'hand-over-tried', 'upgrade-serving'], 'of the trial')
