// How a plug-in is, in a word and a colour, and why it is not as it should be.
import type { ReactNode } from 'react'
import type { PluginView } from '../../../../client/src/index.ts'
import { Badge, type Tone } from '../../parts/layout.tsx'
import { number } from '../../texts/format.ts'
import { plugins } from '../../texts/plugins.ts'

const words = plugins.states
const TONES = { ready: 'ok', starting: 'info', down: 'warn', off: 'bad' } as const satisfies Record<string, Tone>

interface Standing {
  readonly tone: Tone
  readonly word: string
}

export function standingOf({ listed, enabled, problem, seen }: PluginView): Standing {
  if (problem !== null) return { tone: 'bad', word: words.unusable }
  if (!listed) return { tone: 'quiet', word: words.unlisted }
  if (!enabled) return { tone: 'quiet', word: words.disabled }
  if (seen === undefined) return { tone: 'info', word: words.enabled }
  const { state, running, of } = seen
  if (state === 'ready' && running < of) return { tone: 'warn', word: words.partly(number(running), number(of)) }
  return { tone: TONES[state], word: words[state] }
}

export const reasonOf = ({ problem, seen }: PluginView): string | null => problem ?? seen?.trouble ?? null

export function PluginState({ plugin }: { readonly plugin: PluginView }): ReactNode {
  const { tone, word } = standingOf(plugin)
  return <Badge tone={tone}>{word}</Badge>
}
