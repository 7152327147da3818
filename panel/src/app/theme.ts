// What Mantine is told of how the panel looks. Spacing, surfaces and colours of states are in styles/tokens.css.
import { createTheme, type MantineColorsTuple } from '@mantine/core'

const harbor: MantineColorsTuple = [
  '#e6f5f7',
  '#cfeaee',
  '#a0d5dd',
  '#6cbfcb',
  '#43abb9',
  '#23929f',
  '#147c89',
  '#0f6b77',
  '#0c5862',
  '#084249',
]
/** From text to the ground; 6 is what stands on it, 4 a line. */
const night: MantineColorsTuple = [
  '#e3eaee',
  '#c2ced5',
  '#a3b3bd',
  '#8496a1',
  '#33424c',
  '#2a3740',
  '#182127',
  '#10171c',
  '#0c1215',
  '#080c0e',
]

export const theme = createTheme({
  primaryColor: 'harbor',
  primaryShade: { light: 7, dark: 7 },
  colors: { harbor, dark: night },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  defaultRadius: 'md',
  respectReducedMotion: true,
  cursorType: 'pointer',
  headings: { fontWeight: '600', sizes: { h1: { fontSize: '1.5rem' }, h2: { fontSize: '1.125rem' }, h3: { fontSize: '1rem' } } },
})
