// `hms doctor --preflight`: what has to be right before an install or an upgrade, each with what was found and what is needed.
import { resolve } from 'node:path'
import type { PreflightCheck } from '../../../lifecycle/preflight/check.ts'
import { preflight } from '../../../lifecycle/preflight/preflight.ts'
import type { Cli } from '../../cli.ts'
import { visible } from '../../output/visible.ts'
import { counted } from '../../output/when.ts'
import { runningServer } from '../../running.ts'

/** `file`: a release to be installed; true where none was named. */
export async function runPreflight(
  cli: Cli,
  file: string | true,
  { unsigned, to, allow = [] }: { unsigned?: true; to?: string; allow?: readonly string[] },
): Promise<void> {
  const told = (check: PreflightCheck): void => {
    if (!cli.json) cli.terminal.write(line(check))
  }
  const running = runningServer(cli.home)
  const program = { folder: cli.programRoot, version: cli.version, ...(to === undefined ? {} : { root: resolve(to) }) }
  const release = file === true ? {} : { release: { path: resolve(file), unsigned: unsigned === true } }
  const checks = await preflight({ home: cli.home, program, running, allow, ...release }, told)
  cli.answer(checks, verdict)
  if (checks.some(({ ok }) => !ok)) process.exitCode = 1
}

function line({ check, ok, found, needed, mend }: PreflightCheck): string {
  const mark = ok ? (mend === null ? 'ok  ' : 'WARN') : 'FAIL'
  const below = ' '.repeat(24)
  const more = mend === null ? '' : `${below}mend   ${visible(mend)}\n`
  return `${mark}  ${check.padEnd(16)}  found  ${visible(found)}\n${below}needs  ${visible(needed)}\n${more}`
}

function verdict(checks: readonly PreflightCheck[]): string {
  const failed = checks.filter(({ ok }) => !ok).map(({ check }) => check)
  const warned = checks.filter(({ ok, mend }) => ok && mend !== null).length
  if (failed.length > 0) return `${failed.length} of ${counted(checks.length, 'check')} failed: ${failed.join(', ')}.\n`
  return warned === 0 ? 'All is well.\n' : `Nothing failed; ${counted(warned, 'warning')}.\n`
}
