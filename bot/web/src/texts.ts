import all from 'virtual:texts'

export type Texts = (key: string, values?: Record<string, string | number>) => string

const languages = all as Record<string, Record<string, string>>

/** The best of our languages for a tag such as `sq-AL`; English if there is none. */
export function languageOf(tag: string): string {
  const wanted = tag.toLowerCase().split('-')[0] ?? ''
  return wanted in languages ? wanted : 'en'
}

export function directionOf(language: string): string {
  return languages[language]?.['direction'] ?? 'ltr'
}

/** The texts of a language, with `{names}` filled in; a part in `[...]` is there only if its word is. */
export function textsOf(language: string): Texts {
  const texts = languages[language]
  return (key, values = {}) =>
    (texts?.[key] ?? languages['en']?.[key] ?? key)
      .replace(/\[([^[\]]*\{(\w+)\}[^[\]]*)\]/g, (_, part: string, name: string) => (values[name] ? part : ''))
      .replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}
