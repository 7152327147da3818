// Backups, restores, versions and the certificate. What takes long is started, and looked at by its number.
import { Fault } from '../../../base/fault.ts'
import type { BackupView, LifecycleOperations } from '../../../contract/lifecycle.ts'
import type { OperationContext, OperationTable } from '../context.ts'
import { messageIdOf, Params, refused } from '../params.ts'

const LONGEST_PATH = 1000
const NUMBER = { least: 1, most: Number.MAX_SAFE_INTEGER }
const LONGEST_VERSION = 64
const VERSION = /^(?:0|[1-9]\d{0,5})(?:\.(?:0|[1-9]\d{0,5})){2}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/
const MOST_MESSAGES = 1000
const MOST_PLUGINS = 100

export function lifecycleOperations(context: OperationContext): Pick<OperationTable, keyof LifecycleOperations> {
  return { ...looking(context), ...starting(context), ...changing(context) }
}

const none = (values: unknown): void => new Params(values).done()

type Starting =
  | 'backup.start'
  | 'backup.open'
  | 'backup.verify'
  | 'restore.try'
  | 'restore.start'
  | 'lifecycle.preflight'
  | 'certificate.order'
/** What lies on the disk of the program or the home. */
type Changing = 'lifecycle.upgrade' | 'lifecycle.downgrade' | 'lifecycle.cleanup'

function looking({ lifecycle }: OperationContext): Pick<OperationTable, Exclude<keyof LifecycleOperations, Starting | Changing>> {
  return {
    'backup.list': async (values) => {
      none(values)
      return lifecycle.backups()
    },
    'backup.targets': async (values) => {
      none(values)
      return lifecycle.targets()
    },
    'backup.read': async (values) => {
      const params = new Params(values)
      const id = params.text('id', 32)
      const from = params.optional('from', () => params.count('from', { least: 0, most: Number.MAX_SAFE_INTEGER })) ?? 0
      params.done()
      return lifecycle.readBackup(id, from)
    },
    'lifecycle.show': async (values) => {
      none(values)
      return lifecycle.show()
    },
    'certificate.show': async (values) => {
      none(values)
      return lifecycle.certificate()
    },
    'run.list': async (values) => {
      none(values)
      return lifecycle.runs()
    },
    'run.show': async (values) => {
      const params = new Params(values)
      const id = params.count('id', NUMBER)
      params.done()
      const found = lifecycle.runs().find((one) => one.id === id)
      if (found !== undefined) return found
      throw new Fault('no-run', `Nothing was started under the number ${id} since the server, or 50 others were since.`, {
        blame: 'caller',
      })
    },
  }
}

function starting({ lifecycle, by }: OperationContext): Pick<OperationTable, Starting> {
  const known = (params: Params): { readonly file: string; readonly words: readonly string[] } => knownBackup(lifecycle, params)
  return {
    'backup.start': async (values) => {
      const params = new Params(values)
      const left = (['messages', 'logs'] as const).filter((part) => params.has(part) && !params.flag(part))
      const target = params.optional('target', () => targetIn(lifecycle, params))
      params.done()
      const words = ['backup', ...left.map((part) => `--no-${part}`), ...(target === undefined ? [] : ['--target', target])]
      return lifecycle.start({ kind: 'backup', subject: target ?? null, by, words })
    },
    'backup.verify': async (values) => {
      const params = new Params(values)
      const { file, words } = known(params)
      params.done()
      return lifecycle.start({ kind: 'backup-check', subject: file, by, words: ['backup', 'verify', file, ...words] })
    },
    'backup.open': async (values) => {
      const params = new Params(values)
      const { file } = requireKnown(lifecycle, params)
      params.done()
      return lifecycle.openBackup(file)
    },
    'restore.try': async (values) => {
      const { file, words } = chosen(lifecycle, values)
      return lifecycle.start({ kind: 'restore-trial', subject: file, by, words: [...words, '--dry-run'] })
    },
    'restore.start': async (values) => {
      const { file, words } = chosen(lifecycle, values)
      return lifecycle.start({ kind: 'restore', subject: file, by, words: [...words, '--yes'] })
    },
    'lifecycle.preflight': async (values) => {
      const params = new Params(values)
      const upload = params.optional('upload', () => lifecycle.uploads.whole(params.count('upload', NUMBER)))
      const allowed = allowedIn(params)
      params.done()
      const words = ['doctor', '--preflight', ...(upload === undefined ? [] : [upload.file]), ...allowed]
      return lifecycle.start({ kind: 'preflight', subject: upload?.version ?? null, by, words })
    },
    'certificate.order': async (values) => {
      const params = new Params(values)
      const host = params.optional('host', () => params.domain('host')) ?? null
      params.done()
      const words = host === null ? [] : ['--host', host]
      return lifecycle.start({ kind: 'certificate', subject: host, by, words: ['certificate', 'order', ...words] })
    },
  }
}

function changing({ lifecycle, by }: OperationContext): Pick<OperationTable, Changing> {
  return {
    'lifecycle.upgrade': async (values) => {
      const params = new Params(values)
      const { file, version, how } = await wantedRelease(lifecycle, params)
      const allowed = allowedIn(params)
      params.done()
      lifecycle.requireChangeable(file)
      return lifecycle.start({ kind: 'upgrade', subject: version, by, words: ['upgrade', file, '--yes', ...how, ...allowed] })
    },
    'lifecycle.downgrade': async (values) => {
      const params = new Params(values)
      const version = versionIn(params)
      params.done()
      const folder = await lifecycle.installed(version)
      lifecycle.requireChangeable(folder)
      return lifecycle.start({ kind: 'downgrade', subject: version, by, words: ['downgrade', version, '--yes'] })
    },
    'lifecycle.cleanup': async (values) => {
      const params = new Params(values)
      const dryRun = params.flag('dryRun')
      params.done()
      const found = lifecycle.leftOvers()
      const done = found.length > 0 && !dryRun
      if (done) lifecycle.removeLeftOvers(found)
      return { done, found }
    },
  }
}

/** Plug-ins that the upgrade may switch off. */
function allowedIn(params: Params): readonly string[] {
  const names = params.optional('allow', () => params.list('allow', MOST_PLUGINS)) ?? []
  if (!names.every((name) => typeof name === 'string' && /^[a-z0-9][a-z0-9._-]{0,62}$/.test(name)))
    throw refused('allow must be names of plug-ins.')
  return names.length === 0 ? [] : ['--allow', names.join(',')]
}

function targetIn(lifecycle: OperationContext['lifecycle'], params: Params): string {
  const name = params.text('target')
  lifecycle.requireTarget(name)
  return name
}

/** What `restore` takes, but for how it is meant. */
function chosen(lifecycle: OperationContext['lifecycle'], values: unknown): { readonly file: string; readonly words: readonly string[] } {
  const params = new Params(values)
  const { file, words } = knownBackup(lifecycle, params)
  const settings = params.optional('settings', () => params.choice('settings', ['backup', 'present']))
  const uncertain = params.optional('uncertain', () => params.choice('uncertain', ['hold', 'send', 'drop']))
  const messages = params.optional('messages', () => params.list('messages', MOST_MESSAGES).map(messageIdOf)) ?? []
  const forget = params.flag('forget')
  params.done()
  if (forget && settings !== 'backup') throw refused('forget goes with the settings of the backup.', 'Say "settings": "backup", too.')
  const choices = [
    ...(settings === undefined ? [] : ['--settings', settings]),
    ...(uncertain === undefined ? [] : ['--uncertain', uncertain]),
    ...(messages.length === 0 ? [] : ['--message', messages.join(',')]),
    ...(forget ? ['--forget'] : []),
  ]
  return { file, words: ['restore', file, ...words, ...choices] }
}

/** What comes over the network is taken with a signature alone; what the owner installed is the owner's. */
async function wantedRelease({ installed, uploads }: OperationContext['lifecycle'], params: Params) {
  if (params.has('upload') === params.has('version')) throw refused('Say either upload or version.')
  if (params.has('upload')) return { ...uploads.whole(params.count('upload', NUMBER)), how: ['--signed'] }
  const version = versionIn(params)
  return { version, file: await installed(version), how: [] }
}

function versionIn(params: Params): string {
  const version = params.text('version', LONGEST_VERSION)
  if (VERSION.test(version)) return version
  throw refused('version is no number of a version.', 'GET /lifecycle lists those that are installed.')
}

/** Of this home: a call from outside names no other file of the machine. */
function requireKnown({ backups }: OperationContext['lifecycle'], params: Params): BackupView {
  const file = params.text('file', LONGEST_PATH)
  const found = backups().find((one) => one.file === file)
  if (found !== undefined) return found
  throw new Fault('no-backup', `No backup ${file} of this home is known.`, { blame: 'caller', mend: 'GET /backups lists them.' })
}

/** And how a command reads it. */
function knownBackup(
  lifecycle: OperationContext['lifecycle'],
  params: Params,
): { readonly file: string; readonly words: readonly string[] } {
  const { file, encrypted } = requireKnown(lifecycle, params)
  const { passphraseFile } = lifecycle
  if (!encrypted) return { file, words: [] }
  if (passphraseFile === null)
    throw refused(`${file} is encrypted, and backup.passphrase_file is not set.`, "Set it, or use 'hms' at the shell of the server.")
  return { file, words: ['--passphrase-file', passphraseFile] }
}
