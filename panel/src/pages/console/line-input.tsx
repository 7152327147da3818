// The line that is typed: completed as one types, with what was run before at the arrow keys.
import { Button } from '@mantine/core'
import { type FormEvent, type KeyboardEvent, type ReactNode, type RefObject, useId, useState } from 'react'
import type { ConsoleCommand } from '../../../../client/src/index.ts'
import { consoleTexts as words } from '../../texts/console.ts'
import { type Choice, completionOf } from './complete.ts'

interface LineProps {
  readonly input: RefObject<HTMLInputElement | null>
  readonly line: string
  readonly set: (line: string) => void
  readonly commands: readonly ConsoleCommand[]
  readonly history: readonly string[]
  readonly isRunning: boolean
  readonly run: () => void
}

const LONGEST = 4000

/** Through what was run before; at its end is the line itself, which is empty then. */
function usePast(history: readonly string[]) {
  const [past, setPast] = useState(0)
  return {
    isWithin: past > 0,
    leave: () => setPast(0),
    walk: (step: number): string => {
      const at = Math.min(history.length, Math.max(0, past + step))
      setPast(at)
      return at === 0 ? '' : (history.at(-at) ?? '')
    },
  }
}

interface Typing extends Omit<LineProps, 'input'> {
  readonly focus: () => void
}

/** What is typed, what can follow, and what keys do with both. */
function useTyping({ focus, line, set, commands, history, isRunning, run }: Typing) {
  const [isOpen, setOpen] = useState(false)
  const [chosen, setChosen] = useState(-1)
  const past = usePast(history)
  const { from, choices } = completionOf(line, commands)
  const shown = isOpen ? choices : []
  const typed = (text: string, stays: boolean): void => {
    set(text)
    setChosen(-1)
    setOpen(stays)
  }
  const take = (at: number): void => {
    const choice = shown[at]
    if (choice === undefined) return
    typed(`${line.slice(0, from)}${choice.text} `, true)
    focus()
  }
  const walk = (step: number): void => typed(past.walk(step), false)
  const begin = (): void => {
    if (line.trim() === '' || isRunning) return
    past.leave()
    setOpen(false)
    run()
  }
  const key = (event: KeyboardEvent): void => {
    const does: Readonly<Record<string, (() => void) | false>> = {
      ArrowDown: () => (!past.isWithin && shown.length > 0 ? setChosen((chosen + 1) % shown.length) : walk(-1)),
      ArrowUp: () => (chosen >= 0 ? setChosen(chosen - 1) : walk(1)),
      Tab: !event.shiftKey && shown.length > 0 && (() => take(Math.max(0, chosen))),
      Enter: () => (chosen >= 0 ? take(chosen) : begin()),
      Escape: isOpen && (() => setOpen(false)),
    }
    const doing = does[event.key]
    if (typeof doing !== 'function') return
    event.preventDefault()
    doing()
  }
  const change = (text: string): void => {
    past.leave()
    typed(text, true)
  }
  return { shown, chosen, take, begin, key, change, close: () => setOpen(false) }
}

export function LineInput({ input, ...props }: LineProps): ReactNode {
  const list = useId()
  const { shown, chosen, take, begin, key, change, close } = useTyping({ ...props, focus: () => input.current?.focus() })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    begin()
  }
  return (
    <form className="hms-console-form" onSubmit={submit}>
      <div className="hms-console-line">
        <span aria-hidden="true" className="hms-mono hms-muted">
          {words.prompt}
        </span>
        <input
          ref={input}
          className="hms-mono"
          role="combobox"
          aria-expanded={shown.length > 0}
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={chosen >= 0 ? `${list}-${chosen}` : undefined}
          aria-label={words.line}
          placeholder={words.placeholder}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          maxLength={LONGEST}
          value={props.line}
          onChange={(event) => change(event.currentTarget.value)}
          onKeyDown={key}
          onBlur={close}
        />
        <Button type="submit" size="xs" loading={props.isRunning}>
          {words.run}
        </Button>
      </div>
      <Choices id={list} shown={shown} chosen={chosen} take={take} />
    </form>
  )
}

interface ChoicesProps {
  readonly id: string
  readonly shown: readonly Choice[]
  readonly chosen: number
  readonly take: (n: number) => void
}

function Choices({ id, shown, chosen, take }: ChoicesProps): ReactNode {
  return (
    <ul id={id} role="listbox" aria-label={words.completions} className="hms-console-choices" hidden={shown.length === 0}>
      {shown.map(({ text, note }, n) => (
        <li
          key={text}
          id={`${id}-${n}`}
          role="option"
          aria-selected={n === chosen}
          ref={(row) => {
            if (n === chosen) row?.scrollIntoView({ block: 'nearest' })
          }}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => take(n)}
        >
          <span className="hms-mono">{text}</span>
          <small className="hms-muted">{note}</small>
        </li>
      ))}
    </ul>
  )
}
