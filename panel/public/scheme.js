// Light or dark before the first paint, so that nothing flashes: as the person chose it here, or as the system has it.
{
  let chosen = null
  try {
    chosen = localStorage.getItem('hms-color-scheme')
  } catch {
    // Storage is closed to some: the system's then.
  }
  const isDark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', isDark ? 'dark' : 'light')
}
