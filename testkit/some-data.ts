// For operations whose test is about what is written down of them: what a server would answer that has a backup, an upload, a plug-in, a webhook.
// no-data.ts is of one that has nothing.
import type { AccountId } from '../src/base/brand.ts'
import type { PluginSettings } from '../src/contract/plugin-operations.ts'
import type { DataDesk } from '../src/engine/ports/data-kept.ts'
import type { HomeTools } from '../src/engine/ports/home-tools.ts'
import type { LifecycleDesk } from '../src/engine/ports/lifecycle.ts'
import type { PluginDesk, PluginHere } from '../src/engine/ports/plugins.ts'
import type { ReportDesk } from '../src/engine/ports/reports.ts'
import type { WebhookBook } from '../src/engine/ports/webhooks.ts'
import { NOW } from './installation.ts'
import { NO_DATA, NO_LIFECYCLE, NO_REPORTS, NO_TOOLS, NO_WEBHOOKS } from './no-data.ts'

export const SOME_TOOLS: HomeTools = {
  ...NO_TOOLS,
  doctor: async () => [{ name: 'disk', state: 'ok', what: 'There is room.', mend: null }],
  sendTest: async ({ to }) => ({ message: null, account: 1000 as AccountId, clientId: 'test', from: 'a@shop.example', to }),
  merge: () => ({ file: 'hms.yaml', isPending: true, merged: true, from: '1.0.0', guessed: false, conflicts: [], settings: [] }),
}

export const SOME_WEBHOOKS: WebhookBook = {
  ...NO_WEBHOOKS,
  health: async () => new Map(),
  changed: async () => {},
  test: async () => [],
  resume: async () => {},
  cancelReplay: async () => true,
  startReplay: async (_id, replay) => ({ n: 1, ...replay, state: 'running', told: 0, givenUp: 0, reached: null, ended: null }),
}

export const BACKUP = {
  file: '/backups/a.zip',
  at: NOW,
  size: 1,
  version: '1.0.0',
  messages: 0,
  recipients: 0,
  encrypted: false,
  scheduled: false,
  verifiedAt: null,
  there: true,
}
const LEFT = { path: '/home/master.db', size: 1, what: 'the settings in format 1' }
export const UPLOAD = {
  id: 1,
  by: 'ann',
  at: NOW,
  size: 3,
  sha256: 'ab'.repeat(32),
  received: 3,
  until: NOW,
  release: { version: '1.1.0', signedBy: 'a.pub' },
}
/** A home with one plug-in, once it was added. */
export function onePlugin(): PluginDesk {
  const one: PluginHere = {
    name: 'one',
    position: 1,
    listed: true,
    enabled: true,
    accounts: [],
    onFailure: 'continue',
    budget: 2000,
    memory: 2 ** 28,
    version: '1.0.0',
    api: 1,
    hooks: ['received'],
    network: false,
    problem: null,
  }
  let here: readonly PluginHere[] = []
  const row = { key: 'word', value: null, default: null, isSet: true, isSecret: true, description: null, kind: 'string' }
  const settings = async (): Promise<PluginSettings> => ({ name: 'one', settings: [row], problem: null })
  return {
    seen: () => [],
    lines: () => [],
    list: () => here,
    add: async () => {
      here = [one]
      return one.name
    },
    set: async (_name, { enabled = true }) => void (here = [{ ...one, enabled }]),
    settings,
    setSettings: settings,
    remove: async () => {
      here = []
      return true
    },
  }
}

export const SOME_REPORTS: ReportDesk = { ...NO_REPORTS, rebuild: async () => ({ since: '2026-11-01' }) }
const UNDER_WAY = { ended: null, progress: null, failure: null, answer: null }

const FOUND = {
  waiting: 0,
  suppressions: 0,
  lists: 0,
  jobs: 0,
  sent: 0,
  events: 0,
  dialogs: 0,
  logs: 0,
  kept: 0,
  alerts: 0,
  audit: 0,
  effects: 0,
  badmail: 0,
}

export const SOME_DATA: DataDesk = {
  ...NO_DATA,
  erase: async (asked) => ({ ...asked, id: 1, at: NOW, step: null, parts: 0, ended: NOW, trouble: null, found: FOUND }),
}

export const SOME_LIFECYCLE: LifecycleDesk = {
  ...NO_LIFECYCLE,
  start: ({ kind, subject, by }) => ({ id: 1, kind, subject, by, at: NOW, ...UNDER_WAY }),
  installed: async () => '/opt/hms/versions/1.1.0',
  uploads: { ...NO_LIFECYCLE.uploads, begin: async () => UPLOAD, add: async () => UPLOAD, remove: async () => true },
  requireChangeable: () => {},
  leftOvers: () => [LEFT],
  bundles: {
    ...NO_LIFECYCLE.bundles,
    place: async () => ({ id: '20261122T070000Z', file: '/home/bundle' }),
    remove: () => true,
  },
  backups: () => [BACKUP],
  openBackup: async () => ({ id: '0'.repeat(32), name: 'a.zip', size: 1, until: 0 }),
}
