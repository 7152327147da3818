// A disk of its own that can be filled to the last octet: a small tmpfs, for which one has to be root.
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const run = (program: string, ...args: string[]): void => void execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })

export class SmallDisk implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'hms-full-'))

  constructor(size = '96m') {
    run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', this.folder)
  }

  /** Writes until not one octet more fits. */
  fill(): void {
    const file = openSync(join(this.folder, 'ballast'), 'a')
    try {
      for (const size of [65_536, 4096, 1]) {
        const block = Buffer.alloc(size, 1)
        try {
          while (writeSync(file, block) > 0);
        } catch (error) {
          if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
        }
      }
    } finally {
      closeSync(file)
    }
  }

  /** Writes until only so many octets are free. */
  fillBut(left: number): void {
    const { bavail, bsize } = statfsSync(this.folder)
    writeFileSync(join(this.folder, 'ballast'), Buffer.alloc(bavail * bsize - left))
  }

  free(): void {
    rmSync(join(this.folder, 'ballast'), { force: true })
  }

  [Symbol.dispose](): void {
    run('umount', '-l', this.folder)
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Why this machine has none; false where it has. */
export function cannotMount(): string | false {
  if (process.getuid?.() !== 0) return 'needs root'
  try {
    using _disk = new SmallDisk()
    return false
  } catch {
    return 'needs the right to mount a tmpfs'
  }
}
