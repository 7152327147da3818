// An address of mail, which is parted before its @ where there is too little room for it.
import type { ReactNode } from 'react'
import { visible } from './visible.ts'

export function Address({ text: given }: { readonly text: string }): ReactNode {
  const text = visible(given)
  const at = text.lastIndexOf('@')
  if (at <= 0) return <span className="hms-break">{text === '' ? '<>' : text}</span>
  return (
    <span className="hms-break">
      {text.slice(0, at)}
      <wbr />
      {text.slice(at)}
    </span>
  )
}
