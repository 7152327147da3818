// A process that another than its parent asks for later: its number may have been given to another one since, or be of before the machine was
// started anew, so that it is known by when it began, too.
import { readFileSync } from 'node:fs'

export interface KnownProcess {
  readonly pid: number
  /** In ticks of the kernel since the machine was started. */
  readonly begun: string
  /** Which start of the machine. */
  readonly boot: string
}

/** Null where it is gone already. */
export function processNow(pid: number): KnownProcess | null {
  const found = statOf(pid)
  return found === null ? null : { pid, begun: found.begun, boot: bootOf() }
}

/** Whether it lives still. One that ended and was not collected is gone. */
export function isSameProcess({ pid, begun, boot }: KnownProcess): boolean {
  const found = statOf(pid)
  return found !== null && found.begun === begun && !/[ZX]/.test(found.state) && boot === bootOf()
}

/** proc(5): the name stands in parentheses and may hold any; state and start are fields 3 and 22. */
function statOf(pid: number): { readonly state: string; readonly begun: string } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', begun: fields[19] ?? '' }
  } catch {
    return null
  }
}

function bootOf(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  } catch {
    return ''
  }
}
