// Who looks after the life of a server in the desk: starts commands of `hms` in the background, one of a kind at a time, and keeps what came
// of them. They end with the desk (a backup that was cut off leaves nothing that looks whole), but for those that stop or replace the server
// (lasting-runs.ts).
import { basename, join } from 'node:path'
import type { EpochMs, Ms } from '../../base/brand.ts'
import { type Clock, every, systemClock } from '../../base/clock.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import {
  type BackupView,
  type CertificateView,
  LASTING_RUNS,
  type LeftOverView,
  type LifecycleView,
  type Run,
} from '../../contract/lifecycle.ts'
import type { Config } from '../../contract/options.ts'
import type { BundleDesk, LifecycleDesk, NewRun, UploadDesk } from '../../engine/ports/lifecycle.ts'
import { backupTargets, targetFolder } from '../../lifecycle/backup/targets.ts'
import { isThere, knownBackups } from '../../lifecycle/backup/record.ts'
import { readCertificate } from '../../lifecycle/certificate/state.ts'
import { programFolder } from '../../lifecycle/program.ts'
import { currentVersion, layoutOf, manifestOf, requireInstalled, versionFolder, VERSIONS } from '../../lifecycle/release/layout.ts'
import { leftOvers, removeLeftOvers } from '../../lifecycle/formats/cleanup.ts'
import { isWritable } from '../../lifecycle/preflight/rights.ts'
import { keyFolders, readTrust } from '../../lifecycle/release/trust.ts'
import { readRecord } from '../../lifecycle/restore/swap.ts'
import { readUpgrade } from '../../lifecycle/upgrade/record.ts'
import { BackupDownloads } from './backup-downloads.ts'
import { type RunningCommand, startCommand } from './command-process.ts'
import { Bundles } from './bundles.ts'
import { LastingRuns } from './lasting-runs.ts'
import { MOST_RUNS, shortened } from './shortened.ts'
import { Uploads } from './uploads.ts'

/** Of releases that were sent and bundles, whose time may be over. */
const SWEEP_EVERY: Ms = 3_600_000

interface Parts {
  readonly home: string
  readonly config: Config
  readonly version: string
  readonly clock?: Clock
}

/** Of a stopped home: nothing runs in the background of it. */
export function lifecycleAtRest({ home, config, version, clock = systemClock }: Parts): LifecycleDesk {
  const file = config['backup.passphrase_file']
  const downloads = new BackupDownloads(clock)
  return {
    start: () => {
      throw new Fault('not-running', 'Nothing is started in the background where no server runs.', {
        blame: 'caller',
        mend: "Use 'hms backup', 'hms restore', 'hms doctor' or 'hms certificate'.",
      })
    },
    runs: () => [],
    backups: () => knownBackups(home).map((one) => backupView(one)),
    openBackup: (named) => downloads.open(named),
    readBackup: (id, from) => downloads.read(id, from),
    show: () => shown(home, version),
    installed: async (wanted) => installedVersion(wanted),
    requireChangeable: (release) => requireChangeable(requireInstalled(programFolder).root, release),
    bundles: new Bundles({ home, clock }),
    targets: () => [...backupTargets(config)].map(([name, folder]) => ({ name, folder, usable: isWritable(folder) })),
    requireTarget: (name) => void targetFolder(config, name),
    leftOvers: () => leftOvers(home),
    removeLeftOvers,
    uploads: new Uploads({ home, config, clock }),
    certificate: () => certificateOf(home, config),
    passphraseFile: file === '' ? null : file,
  }
}

function backupView(known: ReturnType<typeof knownBackups>[number]): BackupView {
  const { file, at, size, version, messages, recipients, encrypted, scheduled, verifiedAt = null } = known
  return { file, at, size, version, messages, recipients, encrypted, scheduled, verifiedAt, there: isThere(known) }
}

function certificateOf(home: string, config: Config): CertificateView {
  try {
    return readCertificate(home, config)
  } catch (error) {
    throw new Fault('no-certificate', `The certificate cannot be read: ${messageOf(error)}.`, { blame: 'owner', cause: error })
  }
}

async function shown(home: string, version: string): Promise<LifecycleView> {
  const layout = layoutOf(programFolder)
  const record = readUpgrade(home)
  return {
    version,
    runtime: process.versions.node,
    root: layout?.root ?? null,
    current: layout === null ? null : await currentVersion(layout.root),
    versions: layout?.versions ?? [],
    changeable: layout !== null && mayChange(layout.root),
    keys: keysPlaced(home),
    change: record && {
      kind: record.kind,
      from: record.from,
      to: record.to,
      startedAt: record.startedAt,
      step: record.step,
      backup: record.backup,
      outcome: record.outcome,
      reason: record.reason,
    },
    restore: readRecord(home)?.step ?? null,
  }
}

function installedVersion(version: string): string {
  const { root } = requireInstalled(programFolder)
  manifestOf(root, version)
  return versionFolder(root, version)
}

/** What runs as the server's user changes only what is that user's: a program of root's stays root's. */
function requireChangeable(root: string, release: string): void {
  if (mayChange(root)) return
  throw new Fault('root-unusable', `The program in ${root} is not this server's to change: its user may not write there.`, {
    blame: 'owner',
    mend: `At the shell of the server: sudo hms upgrade ${release}; for an older version sudo hms downgrade with its number.`,
  })
}

const mayChange = (root: string): boolean => isWritable(root) && isWritable(join(root, VERSIONS))

function keysPlaced(home: string): readonly string[] {
  try {
    return readTrust(keyFolders(home), false).keys.map(({ file }) => basename(file))
  } catch {
    // One that is no key: nothing is taken until it is gone, and whoever sends something is told.
    return []
  }
}

/** Of a running server. */
export class LifecycleRuns implements LifecycleDesk, AsyncDisposable {
  readonly #home: string
  readonly #clock: Clock
  readonly #resting: LifecycleDesk
  readonly uploads: UploadDesk
  readonly bundles: BundleDesk
  readonly targets: LifecycleDesk['targets']
  readonly requireTarget: LifecycleDesk['requireTarget']
  readonly #lasting: LastingRuns
  readonly #sweep: Disposable
  readonly #runs = new Map<number, Run>()
  readonly #commands = new Map<number, RunningCommand>()
  #last = 0

  constructor(parts: Parts & { readonly clock: Clock }) {
    this.#home = parts.home
    this.#clock = parts.clock
    this.#resting = lifecycleAtRest(parts)
    this.#lasting = new LastingRuns(parts)
    this.uploads = this.#resting.uploads
    this.bundles = this.#resting.bundles
    this.targets = this.#resting.targets
    this.requireTarget = this.#resting.requireTarget
    this.#last = this.#lasting.list()[0]?.id ?? 0
    this.#sweep = every(parts.clock, SWEEP_EVERY, () => this.#look())
  }

  get passphraseFile(): string | null {
    return this.#resting.passphraseFile
  }

  readonly backups = (): readonly BackupView[] => this.#resting.backups()
  readonly openBackup: LifecycleDesk['openBackup'] = (file) => this.#resting.openBackup(file)
  readonly readBackup: LifecycleDesk['readBackup'] = (id, from) => this.#resting.readBackup(id, from)
  readonly show = (): Promise<LifecycleView> => this.#resting.show()
  readonly installed = (version: string): Promise<string> => this.#resting.installed(version)
  readonly requireChangeable = (release: string): void => this.#resting.requireChangeable(release)
  readonly leftOvers = (): readonly LeftOverView[] => this.#resting.leftOvers()
  readonly removeLeftOvers = removeLeftOvers
  readonly certificate = (): CertificateView => this.#resting.certificate()
  readonly runs = (): readonly Run[] => [...this.#runs.values(), ...this.#lasting.list()].toSorted((a, b) => b.id - a.id)

  start(run: NewRun): Run {
    const { kind, subject, by, words } = run
    if (LASTING_RUNS.has(kind)) return this.#lasting.start(this.#nextId(), run)
    const under = this.runs().find((one) => one.kind === kind && one.ended === null)
    if (under !== undefined)
      throw new Fault('run-under-way', `Such a one is under way already: ${under.id}, begun by ${under.by}.`, {
        blame: 'caller',
        temporary: true,
        mend: `GET /lifecycle/runs/${under.id} tells how far it is.`,
      })
    const [at, id] = [this.#clock.now(), this.#nextId()]
    const command = startCommand({ home: this.#home, words, progress: (progress) => this.#set(id, { progress }) })
    this.#commands.set(id, command)
    this.#runs.set(id, { id, kind, subject, by, at, ended: null, progress: null, failure: null, answer: null })
    void command.ended.then(({ answer, failure }) => {
      this.#commands.delete(id)
      this.#set(id, { ended: this.#now(at), progress: null, failure, answer: shortened(answer) })
    })
    for (const [old, run] of this.#runs) if (this.#runs.size > MOST_RUNS && run.ended !== null) this.#runs.delete(old)
    return this.#runs.get(id) as Run
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sweep[Symbol.dispose]()
    for (const command of this.#commands.values()) command.stop()
    await Promise.all([...this.#commands.values()].map(({ ended }) => ended))
  }

  /** Looking at them removes those whose time is over. */
  #look(): void {
    try {
      this.uploads.list()
      this.bundles.list()
    } catch {
      // A disk that cannot be written is told elsewhere; the next look comes.
    }
  }

  /** Numbers of a desk before are not given again. */
  #nextId(): number {
    return (this.#last = Math.max(this.#clock.now(), this.#last + 1))
  }

  /** A clock may be set back. */
  #now(began: EpochMs): EpochMs {
    return Math.max(began, this.#clock.now())
  }

  #set(id: number, change: Partial<Run>): void {
    const run = this.#runs.get(id)
    if (run !== undefined) this.#runs.set(id, { ...run, ...change })
  }
}
