// Asking before what cannot be undone. Where nobody can be asked (a script, a pipe, cron) it must be said in the line: silence is no yes.
import { badArgument, type Cli } from './cli.ts'

/** Returns where it is meant; throws where it is not, or nobody said so. */
export async function agreed({ terminal }: Pick<Cli, 'terminal'>, question: string, yes: boolean): Promise<void> {
  if (yes) return
  if (!terminal.interactive) throw badArgument('It cannot be undone, and nobody can be asked here.', 'Say --yes where that is meant.')
  if (!(await terminal.confirm(question))) throw badArgument('Nothing was changed.')
}
