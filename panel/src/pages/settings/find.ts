// Which settings are shown: by words of their names and meanings, those that were changed, those that wait for a start. All in the address.
import type { OptionView } from '../../../../client/src/index.ts'

export interface SettingSearch {
  readonly find?: string
  readonly show?: 'changed' | 'pending'
}

const LONGEST = 100

export function settingSearchOf(given: Readonly<Record<string, unknown>>): SettingSearch {
  const { find, show } = given
  return {
    ...(typeof find === 'string' && find.trim() !== '' && { find: find.slice(0, LONGEST) }),
    ...((show === 'changed' || show === 'pending') && { show }),
  }
}

export const isChanged = ({ from }: OptionView): boolean => from !== 'default'
export const isPending = ({ running }: OptionView): boolean => running !== null

export function settingsFound<One extends OptionView>(all: readonly One[], { find = '', show }: SettingSearch): readonly One[] {
  const parts = find.toLowerCase().split(/\s+/).filter(Boolean)
  return all.filter((one) => {
    if (show === 'changed' && !isChanged(one)) return false
    if (show === 'pending' && !isPending(one)) return false
    const text = `${one.name} ${one.meaning} ${one.environment}`.toLowerCase()
    return parts.every((part) => text.includes(part))
  })
}
