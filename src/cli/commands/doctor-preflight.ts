// `hms doctor --preflight`: what has to be right before an install or an upgrade, each with what was found and what is needed.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PreflightCheck } from '../../lifecycle/preflight/check.ts'
import { preflight } from '../../lifecycle/preflight/preflight.ts'
import type { Cli } from '../cli.ts'
import { visible } from '../output/visible.ts'
import { counted } from '../output/when.ts'
import { runningServer } from '../running.ts'

const packageRoot = join(import.meta.dirname, '../../..')
const PROGRAMS = '/opt/hms'

export async function runPreflight(cli: Cli): Promise<void> {
  const told = (check: PreflightCheck): void => {
    if (!cli.json) cli.terminal.write(line(check))
  }
  const running = runningServer(cli.home)
  const checks = await preflight({ home: cli.home, programRoot: PROGRAMS, programSize: ownSize(), running }, told)
  cli.answer(checks, verdict)
  if (checks.some(({ ok }) => !ok)) process.exitCode = 1
}

/** Of the release that this program is; a checkout is installed nowhere. */
function ownSize(): number | undefined {
  const file = join(packageRoot, 'manifest.json')
  if (!existsSync(file)) return undefined
  const { files } = JSON.parse(readFileSync(file, 'utf8')) as { files: Readonly<Record<string, { readonly size: number }>> }
  return Object.values(files).reduce((sum, { size }) => sum + size, 0)
}

function line({ check, ok, found, needed, mend }: PreflightCheck): string {
  const mark = ok ? (mend === null ? 'ok  ' : 'WARN') : 'FAIL'
  const below = ' '.repeat(24)
  const more = mend === null ? '' : `${below}mend   ${visible(mend)}\n`
  return `${mark}  ${check.padEnd(16)}  found  ${visible(found)}\n${below}needs  ${visible(needed)}\n${more}`
}

function verdict(checks: readonly PreflightCheck[]): string {
  const failed = checks.filter(({ ok }) => !ok).length
  const warned = checks.filter(({ ok, mend }) => ok && mend !== null).length
  if (failed > 0) return `${failed} of ${counted(checks.length, 'check')} failed.\n`
  return warned === 0 ? 'All is well.\n' : `Nothing failed; ${counted(warned, 'warning')}.\n`
}
