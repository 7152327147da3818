// What a machine has to be and have, said once: the preflight checks it and docs/requirements.md is made from it. A system is
// marked as tested only where the whole test suite ran on it.

export interface SystemRow {
  readonly name: string
  /** `ID` and the beginnings of `VERSION_ID` in /etc/os-release; no versions: any. */
  readonly id: string
  readonly versions: readonly string[]
  /** `expected`: meets every need, but nobody ran the tests there. `refused`: cannot work. */
  readonly state: 'tested' | 'expected' | 'refused'
  readonly note: string
}

export const SYSTEMS: readonly SystemRow[] = [
  { name: 'Debian', id: 'debian', versions: ['12'], state: 'tested', note: 'x64; the tests run here' },
  { name: 'Debian', id: 'debian', versions: ['11', '13'], state: 'expected', note: '' },
  { name: 'Ubuntu', id: 'ubuntu', versions: ['20.04', '22.04', '24.04'], state: 'expected', note: '' },
  { name: 'Red Hat Enterprise Linux', id: 'rhel', versions: ['8', '9', '10'], state: 'expected', note: '' },
  { name: 'Rocky Linux', id: 'rocky', versions: ['8', '9', '10'], state: 'expected', note: '' },
  { name: 'AlmaLinux', id: 'almalinux', versions: ['8', '9', '10'], state: 'expected', note: '' },
  { name: 'Amazon Linux', id: 'amzn', versions: ['2023'], state: 'expected', note: '' },
  { name: 'openSUSE Leap', id: 'opensuse-leap', versions: ['15'], state: 'expected', note: '' },
  {
    name: 'Alpine Linux',
    id: 'alpine',
    versions: [],
    state: 'refused',
    note: 'musl instead of glibc: the runtime of a release does not start',
  },
  { name: 'macOS', id: 'darwin', versions: [], state: 'refused', note: 'no releases are made for it' },
  { name: 'Windows', id: 'win32', versions: [], state: 'refused', note: 'not supported; use a virtual machine with a system of this list' },
]

const MIB = 2 ** 20

export const NEEDS = {
  architectures: ['x64', 'arm64'],
  /** What the runtime of a release was linked for. */
  kernel: '4.18',
  glibc: '2.28',
  /** Launcher and desk; measured (docs/performance.md), rounded up. */
  memoryBase: 128 * MIB,
  /** A worker beyond its `spool.memory`. */
  memoryWorker: 192 * MIB,
  /** Descriptors beyond those of connections: databases, logs, bodies, sockets of the processes. */
  descriptorsBase: 1024,
  /** What the systemd unit of a release sets. */
  descriptorsUnit: 65_536,
  /** A program and a new home without mail. */
  programSpace: 256 * MIB,
  homeSpace: 16 * MIB,
  /** No clock that is right tells a time before this. */
  earliest: '2026-11-01T00:00:00Z',
} as const

/** File systems by what they promise of a sync. What is not named keeps it as its disk does. */
export const FILE_SYSTEMS: Readonly<Record<string, { readonly state: 'memory' | 'network' | 'layered'; readonly note: string }>> = {
  tmpfs: { state: 'memory', note: 'lives in memory and is gone at a power failure' },
  ramfs: { state: 'memory', note: 'lives in memory and is gone at a power failure' },
  devtmpfs: { state: 'memory', note: 'lives in memory and is gone at a power failure' },
  nfs: { state: 'network', note: 'is a network file system, on which locks and shared memory of SQLite cannot be relied upon' },
  nfs4: { state: 'network', note: 'is a network file system, on which locks and shared memory of SQLite cannot be relied upon' },
  cifs: { state: 'network', note: 'is a network file system, on which locks and shared memory of SQLite cannot be relied upon' },
  smb3: { state: 'network', note: 'is a network file system, on which locks and shared memory of SQLite cannot be relied upon' },
  overlay: { state: 'layered', note: "is a container's own layer, which goes with the container" },
  aufs: { state: 'layered', note: "is a container's own layer, which goes with the container" },
  '9p': { state: 'layered', note: 'is shared from the machine beneath, which alone decides when a sync is done' },
  virtiofs: { state: 'layered', note: 'is shared from the machine beneath, which alone decides when a sync is done' },
  fuseblk: { state: 'layered', note: 'is served by a program, which alone decides when a sync is done' },
}

/** The row that a system is told by. */
export function systemRow(id: string, version: string): SystemRow | undefined {
  const rows = SYSTEMS.filter((row) => row.id === id)
  return rows.find(
    ({ versions }) => versions.length === 0 || versions.some((known) => version === known || version.startsWith(`${known}.`)),
  )
}

/** `4.18` against `6.1.0-13-amd64`: numbers part by part. */
export function isAtLeast(version: string, least: string): boolean {
  const [have, want] = [version, least].map((text) => text.split(/[.-]/, 3).map((part) => Number.parseInt(part, 10) || 0)) as [
    number[],
    number[],
  ]
  for (const [i, part] of want.entries()) {
    const mine = have[i] ?? 0
    if (mine !== part) return mine > part
  }
  return true
}
