// Killed while the version is changed (testkit/upgrade-kills.ts). The steps of a hand-over from which the other server leads.
import { killedAt } from '../testkit/upgrade-kills.ts'

killedAt(['hand-over-leading', 'hand-over-led', 'upgrade-settling'], 'of taking the lead')
