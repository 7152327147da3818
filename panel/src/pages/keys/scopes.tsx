// What a key may, room by room: nothing, read, or write (which reads too).
import type { ReactNode } from 'react'
import { type Room, ROOMS } from '../../../../src/contract/access.ts'
import { managementKeys } from '../../texts/management-keys.ts'
import './scopes.css'

const words = managementKeys.add
export type Ticked = Readonly<Partial<Record<Room, 'read' | 'write'>>>
const CHOICES = [
  [undefined, words.none],
  ['read', words.read],
  ['write', words.write],
] as const

interface ScopesProps {
  readonly ticked: Ticked
  readonly tick: (room: Room, does: 'read' | 'write' | undefined) => void
}

export function Scopes({ ticked, tick }: ScopesProps): ReactNode {
  return (
    <div className="hms-scopes" role="region" aria-label={words.scopes} tabIndex={0}>
      <table className="hms-plain-table">
        <caption className="hms-hidden">{words.scopes}</caption>
        <thead>
          <tr>
            <th scope="col">{words.room}</th>
            {CHOICES.map(([, title]) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ROOMS.map((room) => (
            <tr key={room}>
              <th scope="row">{managementKeys.rooms[room]}</th>
              {CHOICES.map(([does, title]) => (
                <td key={title}>
                  <input
                    type="radio"
                    name={`scope-${room}`}
                    aria-label={`${managementKeys.rooms[room]}: ${title}`}
                    checked={ticked[room] === does}
                    onChange={() => tick(room, does)}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
