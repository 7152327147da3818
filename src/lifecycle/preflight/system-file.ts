// What the kernel and the system tell in files, where a file that is not there tells nothing.
import { readFileSync } from 'node:fs'

/** The text of a file of /proc, /sys or /etc; empty where it cannot be read. */
export function systemFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
