// For operations whose test has nothing on a disk.
import type { OperationSurroundings } from '../src/api/operations/context.ts'
import { Fault } from '../src/base/fault.ts'
import type { HomeReading } from '../src/api/operations/context.ts'
import type { HealthDesk } from '../src/engine/ports/health.ts'
import type { HomeTools } from '../src/engine/ports/home-tools.ts'
import type { PluginDesk } from '../src/engine/ports/plugins.ts'
import type { DataDesk } from '../src/engine/ports/data-kept.ts'
import type { WebhookBook } from '../src/engine/ports/webhooks.ts'
import type { ReportDesk } from '../src/engine/ports/reports.ts'
import type { LifecycleDesk } from '../src/engine/ports/lifecycle.ts'

const none = async (): Promise<never> => {
  throw new Fault('not-running', 'Nothing is on a disk here.', { blame: 'owner' })
}

export const NO_DATA: DataDesk = {
  use: none,
  copies: { find: none, show: none, raw: none },
  dialogs: { find: none },
  erase: none,
  erasures: () => [],
}

export const NO_WEBHOOKS: WebhookBook = {
  health: none,
  attempts: none,
  test: none,
  resume: none,
  startReplay: none,
  replays: none,
  cancelReplay: none,
  changed: none,
}
export const NO_REPORTS: ReportDesk = { query: none, rebuild: none }

export const NO_HEALTH: HealthDesk = {
  check: none,
  listings: none,
  reverse: none,
  complaints: () => [],
  importRates: () => {},
  kept: () => null,
  sums: () => new Map(),
}

export const NO_TOOLS: HomeTools = {
  doctor: none,
  sendTest: none,
  trust: none,
  log: none,
  configFiles: () => [],
  merge: () => {
    throw new Fault('not-running', 'Nothing is on a disk here.', { blame: 'owner' })
  },
}

export const NO_HOME: HomeReading = {
  ownTexts: () => null,
  unknownReplies: () => [],
  replyLists: () => [],
  tryLists: () => ({ status: null, alert: null, wait: null, code: null }),
  learn: ({ of, code, dryRun }) => ({ file: 'response_translations.list', line: `${of}~*~${code}`, added: !dryRun, unknowns: [] }),
  options: () => [],
  setOption: () => {},
  unsetOption: () => true,
  optionProblems: () => [],
}

export const NO_PLUGINS: PluginDesk = {
  seen: () => [],
  lines: () => [],
  list: () => [],
  add: none,
  set: none,
  settings: none,
  setSettings: none,
  remove: async () => false,
}

const nothing = (): never => {
  throw new Fault('not-running', 'No server runs here.', { blame: 'owner' })
}

export const NO_LIFECYCLE: LifecycleDesk = {
  start: nothing,
  runs: () => [],
  backups: () => [],
  openBackup: none,
  readBackup: none,
  show: none,
  installed: none,
  requireChangeable: nothing,
  bundles: { list: () => [], place: none, read: none, remove: () => false },
  targets: () => [],
  requireTarget: nothing,
  leftOvers: () => [],
  removeLeftOvers: () => {},
  uploads: { list: () => [], begin: none, add: none, remove: async () => false, whole: nothing },
  certificate: nothing,
  passphraseFile: null,
}

export const NO_MACHINE: OperationSurroundings['machine'] = () => ({
  processors: 2,
  load: 0.5,
  memory: { bytes: 4e9, free: 2e9 },
  desk: { memory: 1e8, processor: 0.1, lateness: 1 },
})
