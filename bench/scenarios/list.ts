// The scenarios of `npm run bench -- --scenario NAME`.
import { auth, cores, recipients, slowSync, starttlsOut } from './comparisons.ts'
import { day } from './day.ts'
import { features } from './features.ts'
import { idle } from './idle.ts'
import { latency, soak } from './latency.ts'
import { milters } from './milters.ts'
import { badPlugins, plugins } from './plugins.ts'
import { rules } from './rules.ts'
import { scale } from './scale.ts'
import type { ScenarioOptions } from './scenario.ts'

export interface Scenario {
  readonly about: string
  readonly run: (options: ScenarioOptions) => Promise<unknown>
}

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  auth: { about: 'STARTTLS and AUTH inbound, kept and with a connection each', run: auth },
  'starttls-out': { about: 'STARTTLS outbound, kept and with a connection each', run: starttlsOut },
  latency: { about: 'time to 250 at half and at a quarter of the highest rate (--seconds 20)', run: latency },
  recipients: { about: 'one recipient in a transaction against 10 and 100', run: recipients },
  'slow-sync': { about: 'every sync takes 5 ms more (strace)', run: slowSync },
  day: { about: "the day's mix: 1,000/s to 2,000 slow sites over TLS, signed (--seconds 60)", run: day },
  idle: { about: 'memory and processor with nothing to do, after a start and after a load', run: idle },
  soak: { about: 'half of the highest rate for hours: memory, latency, files (--seconds 7200)', run: soak },
  scale: { about: 'at 1, 10, 100 times the queue, connections, recipients, size (--plots)', run: scale },
  features: { about: 'µs of processor of each feature, thread by thread', run: features },
  plugins: { about: 'what a trivial plug-in of each kind costs, in turns with none; then bad-plugins', run: plugins },
  'bad-plugins': {
    about: '1,000/s beside mail of an account whose plug-in loops, eats memory, ends itself, talks nonsense',
    run: badPlugins,
  },
  milters: { about: 'what one milter that answers each step, one and two that answer at the end cost, in turns with none', run: milters },
  rules: { about: 'the shipped Smart rules on and off, turn by turn, and the ratio (--runs 9)', run: rules },
  cores: { about: 'pinned to one core and to two, with one worker, two, and two with twice the connections', run: cores },
}
